"""Models of waitlist entries and waitlist offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, Value, When

from access.actor import Actor
from access.authz.policy import access_scope
from access.enums import AccessBasis, Permission
from access.models import Site, User
from access.row_tracking import PatientRecord, RowRule
from appointments.enums import ClinicalPriority, OfferStatus, WaitlistStatus, Weekday
from appointments.models.appointments import Appointment
from appointments.models.freed_slots import FreedSlot
from appointments.models.rooms import Room
from appointments.models.visit_types import AppointmentType
from patients.models import LinkedQuerySet, Patient


class WaitlistQuerySet(LinkedQuerySet["WaitlistEntry"]):
    """That a patient waits is schedule information; the reason for their priority is clinical.

    Interfaces read `told_priority`: the row's own priority where the user has SEE_CLINICAL, None
    elsewhere.
    """

    seen_with = Permission.SEE_SCHEDULE
    site_path = "site_id"

    def visible_to(self, user: Actor) -> Self:
        clinical = access_scope(user, Permission.SEE_CLINICAL).condition(
            self.site_path, self.patient_path
        )
        told = Case(When(clinical, then=F("priority")), default=Value(None))
        return super().visible_to(user).annotate(told_priority=told).defer(*WaitlistEntry.CLINICAL)

    def waiting(self) -> Self:
        return self.filter(status=WaitlistStatus.WAITING)

    def by_turn(self) -> Self:
        """Order by clinical priority, then by time on the list."""
        return self.order_by("priority", "recorded_at", "id")


class WaitlistEntry(PatientRecord):
    """A patient who would come sooner, on these days and between these hours."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("priority", "from_date", "until_date", "status")
    ORDER: ClassVar[tuple[str, ...]] = ("id",)
    #: Shown with SEE_CLINICAL only; no interface reads the column itself.
    CLINICAL: ClassVar[tuple[str, ...]] = ("priority",)
    told_priority: int | None

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="waitlist_entries")
    site = models.ForeignKey(Site, models.PROTECT, related_name="waitlist_entries")
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="waitlist_entries")
    practitioner = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="practitioner"
    )
    from_date = models.DateField("from")
    until_date = models.DateField("until", help_text="The first day that is too late.")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.as_choices),
        verbose_name="days",
        default=list,
        blank=True,
        help_text="Leave empty for any day.",
    )
    earliest_time = models.TimeField("not before", null=True, blank=True)
    latest_time = models.TimeField("not after", null=True, blank=True)
    priority = models.PositiveSmallIntegerField(
        "priority", choices=ClinicalPriority.as_choices, default=ClinicalPriority.ROUTINE
    )
    status = models.CharField(
        "status", max_length=10, choices=WaitlistStatus.as_choices, default=WaitlistStatus.WAITING
    )

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        verbose_name = "waitlist entry"
        verbose_name_plural = "waitlist entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(until_date__gt=F("from_date")), name="waitlist_has_days"
            ),
            models.CheckConstraint(
                condition=Q(priority__in=ClinicalPriority.values), name="waitlist_known_priority"
            ),
            models.CheckConstraint(
                condition=Q(status__in=WaitlistStatus.values), name="waitlist_known_status"
            ),
            models.UniqueConstraint(
                fields=["patient", "type"],
                condition=Q(status=WaitlistStatus.WAITING),
                name="waitlist_once_per_patient_and_type",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "type", "priority", "recorded_at"],
                condition=Q(status=WaitlistStatus.WAITING),
                name="waitlist_by_turn",
            ),
            models.Index(fields=["site", "id"], name="waitlist_at_site"),
        ]

    def __str__(self) -> str:
        return f"{self.type}, {self.get_status_display().lower()}"

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        """A row that contains its priority needs SEE_CLINICAL instead of SEE_SCHEDULE."""
        plain, clinical = (
            access_scope(user, Permission.SEE_SCHEDULE),
            access_scope(user, Permission.SEE_CLINICAL),
        )

        def judge(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            within = clinical if any(name in row for name in cls.CLINICAL) else plain
            return within.ground(site_id, row.get("patient_id"))

        return judge

    @property
    def why_first(self) -> str:
        """The priority as text for the user of `visible_to`; empty if they may not see it."""
        told = self.told_priority
        return "" if told is None else f"{told} · {ClinicalPriority(told).label}"


class OfferQuerySet(LinkedQuerySet["WaitlistOffer"]):
    seen_with = Permission.SEE_SCHEDULE
    site_path = "site_id"

    def open(self) -> Self:
        return self.filter(status=OfferStatus.OPEN)


class WaitlistOffer(PatientRecord):
    """A time that is held for one patient for a while; while it is open no other can have it."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("starts_at", "status")
    ORDER: ClassVar[tuple[str, ...]] = ("id",)

    entry = models.ForeignKey(WaitlistEntry, models.PROTECT, related_name="offers")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="waitlist_offers")
    site = models.ForeignKey(Site, models.PROTECT, related_name="waitlist_offers")
    practitioner = models.ForeignKey(User, models.PROTECT, related_name="waitlist_offers")
    room = models.ForeignKey(Room, models.PROTECT, related_name="+", null=True, blank=True)
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    buffer_minutes = models.PositiveSmallIntegerField("buffer after it (minutes)", default=0)
    expires_at = models.DateTimeField("held until")
    status = models.CharField(
        "status", max_length=10, choices=OfferStatus.as_choices, default=OfferStatus.OPEN
    )
    freed = models.ForeignKey(
        FreedSlot,
        models.PROTECT,
        related_name="offers",
        null=True,
        blank=True,
        verbose_name="freed slot",
    )
    accepted = models.OneToOneField(
        Appointment, models.PROTECT, related_name="offer", null=True, blank=True
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = "waitlist offer"
        verbose_name_plural = "waitlist offers"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="offer_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("starts_at")), name="offer_is_kept_no_longer"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OfferStatus.values), name="offer_known_status"
            ),
            models.CheckConstraint(
                condition=Q(accepted__isnull=True) | Q(status=OfferStatus.ACCEPTED),
                name="offer_accepted_has_its_visit",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(status=OfferStatus.OPEN), name="offer_open_once"
            ),
            models.UniqueConstraint(fields=["entry", "freed"], name="offer_of_one_time_once"),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(status=OfferStatus.OPEN), name="offer_expiring"
            ),
            models.Index(fields=["site", "id"], name="offer_at_site"),
        ]

    def __str__(self) -> str:
        return f"{self.entry.type}, {self.get_status_display().lower()}"
