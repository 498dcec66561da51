"""Model of appointments. A constraint refuses two at one time for one patient.

For practitioners and rooms see held_times.py.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value

from access.enums import Permission
from access.models import Site, User
from access.row_tracking import PatientRecord
from appointments.enums import (
    EXPECTED,
    HOLDING,
    AppointmentStatus,
    CancelledBy,
    MissReason,
    VisitMode,
)
from appointments.models.group_sessions import GroupSession
from appointments.models.rooms import Room
from appointments.models.series import AppointmentSeries
from appointments.models.visit_types import AppointmentType
from common.time_zones import day_of
from patients.models import LinkedQuerySet, Patient
from vault.encrypted_fields import EncryptedCharField, encrypted_fields_of

#: A patient may check in this long before or after the start even if midnight lies between.
NEAR = timedelta(hours=2)


class AppointmentQuerySet(LinkedQuerySet["Appointment"]):
    seen_with = Permission.SEE_SCHEDULE
    site_path = "site_id"

    def expected(self) -> Self:
        return self.filter(status__in=EXPECTED)


def _period() -> Func:
    """Half-open: one visit may end when the next begins."""
    return Func(
        F("starts_at"),
        F("ends_at"),
        Value("[)"),
        function="TSTZRANGE",
        output_field=DateTimeRangeField(),
    )


class Appointment(PatientRecord):
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "starts_at",
        "status",
        "cancel_reason",
        "miss_reason",
        "note",
        "check_in_code",
    )
    ORDER: ClassVar[tuple[str, ...]] = ("starts_at", "id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments")
    site = models.ForeignKey(Site, models.PROTECT, related_name="appointments")
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="appointments")
    practitioner = models.ForeignKey(
        User, models.PROTECT, related_name="appointments", null=True, blank=True
    )
    room = models.ForeignKey(
        Room, models.PROTECT, related_name="appointments", null=True, blank=True
    )
    group_session = models.ForeignKey(
        GroupSession, models.PROTECT, related_name="appointments", null=True, blank=True
    )
    series = models.ForeignKey(
        AppointmentSeries, models.PROTECT, related_name="appointments", null=True, blank=True
    )
    series_date = models.DateField("day in its series", null=True, blank=True, editable=False)
    mode = models.CharField(
        "how", max_length=10, choices=VisitMode.as_choices, default=VisitMode.IN_PERSON
    )
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    buffer_minutes = models.PositiveSmallIntegerField(
        "buffer after it (minutes)", default=0, editable=False
    )
    held_since = models.DateTimeField("time held since", editable=False)
    status = models.CharField(
        "status",
        max_length=10,
        choices=AppointmentStatus.as_choices,
        default=AppointmentStatus.BOOKED,
    )
    arrived_at = models.DateTimeField("arrived", null=True, blank=True, editable=False)
    check_in_code = models.CharField("check-in code", max_length=6, blank=True)
    version = models.PositiveIntegerField("version", default=1, editable=False)
    cancelled_by = models.CharField(
        "canceled by", max_length=10, choices=CancelledBy.as_choices, blank=True
    )
    cancel_reason = EncryptedCharField("cancel reason", max_length=300, blank=True)
    miss_reason = models.CharField(
        "no-show reason", max_length=20, choices=MissReason.as_choices, blank=True
    )
    note = EncryptedCharField("note", max_length=300, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = "appointment"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(status__in=AppointmentStatus.values), name="appointment_known_status"
            ),
            models.CheckConstraint(
                condition=Q(status=AppointmentStatus.CANCELLED, cancelled_by__in=CancelledBy.values)
                | (~Q(status=AppointmentStatus.CANCELLED) & Q(cancelled_by="")),
                name="appointment_cancelled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(miss_reason="") | Q(status=AppointmentStatus.NO_SHOW),
                name="appointment_miss_reason_only_if_missed",
            ),
            models.CheckConstraint(
                condition=Q(arrived_at__isnull=True)
                | Q(status__in=[AppointmentStatus.ARRIVED, AppointmentStatus.COMPLETED]),
                name="appointment_arrived_if_there",
            ),
            models.CheckConstraint(
                condition=Q(mode__in=VisitMode.values), name="appointment_known_mode"
            ),
            models.UniqueConstraint(
                fields=["site", "check_in_code"],
                condition=Q(status__in=EXPECTED) & ~Q(check_in_code=""),
                name="check_in_code_once_per_site",
            ),
            models.UniqueConstraint(
                fields=["patient", "group_session"],
                condition=Q(status__in=HOLDING),
                name="one_seat_per_patient_in_a_group",
            ),
            models.UniqueConstraint(
                fields=["series", "series_date"],
                condition=Q(status__in=HOLDING),
                name="one_visit_per_day_of_a_series",
            ),
            ExclusionConstraint(
                name="appointment_patient_once_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=HOLDING),
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]
        indexes = [
            models.Index(fields=["site", "starts_at", "id"], name="appointment_at_site"),
            models.Index(fields=["patient", "starts_at", "id"], name="appointment_of_patient"),
            # For users at many sites: reading in order is faster than sorting the rows of all
            # sites.
            models.Index(fields=["starts_at", "id"], name="appointment_in_order"),
            models.Index(
                fields=["starts_at"],
                condition=Q(status__in=EXPECTED),
                name="appointment_expected",
            ),
            models.Index(
                fields=["group_session"],
                condition=Q(group_session__isnull=False),
                name="appointment_in_group",
            ),
            models.Index(
                fields=["series", "series_date"],
                condition=Q(series__isnull=False),
                name="appointment_in_series",
            ),
        ]

    @property
    def day(self) -> date:
        """The day of the visit at its site."""
        return day_of(self.starts_at, self.site.time_zone)

    @property
    def is_expected(self) -> bool:
        return self.status in EXPECTED

    def may_arrive(self, now: datetime) -> bool:
        """Whether the visit is today at its site, or near enough, so that the patient can check in."""
        zone = self.site.time_zone
        return (
            day_of(self.starts_at, zone) == day_of(now, zone) or abs(self.starts_at - now) <= NEAR
        )

    def __str__(self) -> str:
        return f"{self.type} of {self.day:%-d %b %Y}"


#: Names of the encrypted fields. Jobs defer them: one row that cannot be decrypted must not stop
#: the others.
ENCRYPTED_FIELDS = tuple(field.name for field in encrypted_fields_of(Appointment))
