"""Model of rooms. The clinic sets them up; they contain no patient data."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.models import Site
from appointments.models.visit_types import LARGEST_GROUP


class Room(models.Model):
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    site = models.ForeignKey(Site, models.PROTECT, related_name="rooms")
    name = models.CharField("name", max_length=60)
    capacity = models.PositiveSmallIntegerField("patients at once", default=1)
    is_active = models.BooleanField("in use", default=True)

    class Meta:
        verbose_name = "room"
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="room_name_once_per_site"),
            models.CheckConstraint(
                condition=Q(capacity__gte=1, capacity__lte=LARGEST_GROUP), name="room_has_seats"
            ),
        ]

    def __str__(self) -> str:
        return self.name
