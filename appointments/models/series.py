"""Model of recurring series: an RFC 5545 rule and a time by the site's clock."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.enums import Permission
from access.models import Site, User
from access.row_tracking import PatientRecord
from appointments.enums import VisitMode
from appointments.models.rooms import Room
from appointments.models.visit_types import AppointmentType
from patients.models import LinkedQuerySet, Patient


class SeriesQuerySet(LinkedQuerySet["AppointmentSeries"]):
    seen_with = Permission.SEE_SCHEDULE
    site_path = "site_id"


class AppointmentSeries(PatientRecord):
    """A series of one patient, or of a group if it has no patient.

    The rule counts days of the site; `starts_time` is by the clock there. Its visits (or sessions)
    are rows of their own from the beginning, each with the day for which the rule made it
    (`series_date`).
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("rule", "start_date", "starts_time")
    ORDER: ClassVar[tuple[str, ...]] = ("id",)

    patient = models.ForeignKey(
        Patient, models.PROTECT, related_name="appointment_series", null=True, blank=True
    )
    site = models.ForeignKey(Site, models.PROTECT, related_name="appointment_series")
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="series")
    practitioner = models.ForeignKey(User, models.PROTECT, related_name="appointment_series")
    room = models.ForeignKey(
        Room, models.PROTECT, related_name="appointment_series", null=True, blank=True
    )
    mode = models.CharField(
        "how", max_length=10, choices=VisitMode.as_choices, default=VisitMode.IN_PERSON
    )
    rule = models.CharField("rule", max_length=200, help_text="RFC 5545, as FREQ=WEEKLY;COUNT=12.")
    start_date = models.DateField("first day")
    starts_time = models.TimeField("at")
    minutes = models.PositiveSmallIntegerField("minutes")
    ends_before = models.DateField(
        "ended before",
        null=True,
        blank=True,
        help_text="From this day on, the appointments were moved to another series or canceled.",
    )

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = "series of appointments"
        verbose_name_plural = "series of appointments"
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=720), name="series_has_length"
            ),
        ]
        indexes = [models.Index(fields=["site", "id"], name="series_at_site")]

    def __str__(self) -> str:
        return f"{self.type}, {self.rule}"
