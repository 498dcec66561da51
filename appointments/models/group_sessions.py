"""Model of group sessions: one practitioner, one room, many patients."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from access.actor import Actor
from access.authz.policy import sites_with_permission
from access.enums import Permission
from access.models import Site, User
from appointments.enums import GroupStatus, VisitMode
from appointments.models.rooms import Room
from appointments.models.series import AppointmentSeries
from appointments.models.visit_types import LARGEST_GROUP, AppointmentType
from common.time_zones import day_of
from vault.encrypted_fields import EncryptedCharField


class GroupSessionQuerySet(models.QuerySet["GroupSession"]):
    def visible_to(self, user: Actor) -> Self:
        return self.filter(site_id__in=sites_with_permission(user, Permission.SEE_SCHEDULE))


class GroupSession(models.Model):
    """One meeting of a group. Its appointments are its seats; `seats_taken` is their number.

    A trigger counts them, and a check constraint limits the count to the capacity, so that a group
    cannot be overbooked.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[tuple[str, ...]] = ("starts_at", "id")

    site = models.ForeignKey(Site, models.PROTECT, related_name="group_sessions")
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="group_sessions")
    practitioner = models.ForeignKey(User, models.PROTECT, related_name="group_sessions")
    room = models.ForeignKey(
        Room, models.PROTECT, related_name="group_sessions", null=True, blank=True
    )
    series = models.ForeignKey(
        AppointmentSeries, models.PROTECT, related_name="group_sessions", null=True, blank=True
    )
    series_date = models.DateField("day in its series", null=True, blank=True, editable=False)
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    buffer_minutes = models.PositiveSmallIntegerField("buffer after it (minutes)", default=0)
    capacity = models.PositiveSmallIntegerField("seats")
    seats_taken = models.PositiveSmallIntegerField("seats taken", default=0, editable=False)
    mode = models.CharField(
        "how", max_length=10, choices=VisitMode.as_choices, default=VisitMode.IN_PERSON
    )
    video_link = EncryptedCharField("video link", max_length=300, blank=True)
    status = models.CharField(
        "status", max_length=10, choices=GroupStatus.as_choices, default=GroupStatus.PLANNED
    )
    version = models.PositiveIntegerField("version", default=1, editable=False)

    objects = GroupSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "group session"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="group_session_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1, capacity__lte=LARGEST_GROUP),
                name="group_session_has_seats",
            ),
            models.CheckConstraint(
                condition=Q(seats_taken__lte=F("capacity")), name="group_session_not_overrun"
            ),
            models.CheckConstraint(
                condition=Q(status__in=GroupStatus.values), name="group_session_known_status"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "starts_at", "id"], name="group_session_at_site"),
            models.Index(fields=["starts_at", "id"], name="group_session_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.day:%-d %b %Y}"

    @property
    def day(self) -> date:
        """The day of the session at its site."""
        return day_of(self.starts_at, self.site.time_zone)

    @property
    def seats_free(self) -> int:
        return self.capacity - self.seats_taken
