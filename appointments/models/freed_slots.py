"""Model of freed slots, from which the minutely job makes waitlist offers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from access.models import User
from appointments.models.appointments import Appointment
from appointments.models.rooms import Room


class FreedSlot(models.Model):
    """A practitioner's time that a visit left: it was canceled, moved, or given to another.

    Written by a trigger on visits (migration 0007), which knows where a moved visit was before;
    another trigger refuses direct writes. `HeldTime` says whether the time is still free. Whose
    visit it was is in `appointment` and on no page.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="freed_times")
    practitioner = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    room = models.ForeignKey(
        Room, models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    starts_at = models.DateTimeField("starts")
    ends_at = models.DateTimeField("ends")
    buffer_minutes = models.PositiveSmallIntegerField("buffer after it (minutes)", default=0)

    class Meta:
        db_table = "appointments_freedtime"
        verbose_name = "freed slot"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="freed_time_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["appointment", "practitioner", "starts_at"], name="freed_time_once"
            ),
        ]
        indexes = [models.Index(fields=["starts_at", "id"], name="freed_time_in_order")]

    def __str__(self) -> str:
        return f"{self.appointment.type} at another time"
