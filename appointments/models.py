"""Appointments. The database itself refuses two at one time for one practitioner or one patient."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from access.enums import Right
from access.models import Site, User
from access.noticing import PatientRecord
from appointments.enums import EXPECTED, HOLDING, AppointmentStatus, CancelledBy, MissReason
from common.days import day_of
from patients.models import LinkedQuerySet, Patient
from treatments.enums import Arm
from vault.fields import EncryptedCharField

#: A visit of the same day, or one so near that midnight lies between.
NEAR = timedelta(hours=2)


class AppointmentType(models.Model):
    """A kind of visit. Its name never stands in a message to a patient."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    code = models.SlugField("code", max_length=40, unique=True)
    name = models.CharField("name", max_length=100)
    minutes = models.PositiveSmallIntegerField("minutes", default=30)
    arm = models.CharField("arm of the plan", max_length=12, choices=Arm.choices, blank=True)
    is_active = models.BooleanField("offered", default=True)

    class Meta:
        verbose_name = "appointment type"
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=720), name="appointment_type_has_length"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    site = models.ForeignKey(Site, models.PROTECT, related_name="rooms")
    name = models.CharField("name", max_length=60)

    class Meta:
        verbose_name = "room"
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="room_name_once_per_site")
        ]

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(LinkedQuerySet["Appointment"]):
    seen_with = Right.SEE_SCHEDULE
    site_path = "site_id"

    def expected(self) -> Self:
        return self.filter(status__in=EXPECTED)


def _period() -> Func:
    """Half-open: one may end when the next begins."""
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
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    held_since = models.DateTimeField("time held since", editable=False)
    status = models.CharField(
        "status",
        max_length=10,
        choices=AppointmentStatus.choices,
        default=AppointmentStatus.BOOKED,
    )
    version = models.PositiveIntegerField("version", default=1, editable=False)
    cancelled_by = models.CharField(
        "cancelled by", max_length=10, choices=CancelledBy.choices, blank=True
    )
    cancel_reason = EncryptedCharField("why cancelled", max_length=300, blank=True)
    miss_reason = models.CharField(
        "why not come", max_length=20, choices=MissReason.choices, blank=True
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
            ExclusionConstraint(
                name="appointment_practitioner_once_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=HOLDING),
            ),
            ExclusionConstraint(
                name="appointment_patient_once_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=HOLDING),
            ),
        ]
        indexes = [
            models.Index(fields=["site", "starts_at", "id"], name="appointment_at_site"),
            models.Index(fields=["patient", "starts_at", "id"], name="appointment_of_patient"),
            # For somebody who works at many sites: reading in order beats sorting all of theirs.
            models.Index(fields=["starts_at", "id"], name="appointment_in_order"),
            models.Index(
                fields=["starts_at"],
                condition=Q(status__in=EXPECTED),
                name="appointment_expected",
            ),
        ]

    @property
    def day(self) -> date:
        """The day of the visit at its site."""
        return day_of(self.starts_at, self.site.time_zone)

    def may_arrive(self, now: datetime) -> bool:
        """Whether it is of today at its site, so that the patient can stand at the desk for it."""
        zone = self.site.time_zone
        return (
            day_of(self.starts_at, zone) == day_of(now, zone) or abs(self.starts_at - now) <= NEAR
        )

    def __str__(self) -> str:
        return f"{self.type} of {self.day:%-d %b %Y}"
