"""Model of held time, the one table that decides whose time is taken."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, Q

from access.models import User


class HeldTime(models.Model):
    """A practitioner's and a room's time, with the buffer, held by exactly one of three.

    Written by triggers on visits, group sessions and waitlist offers (migration 0005), so no code
    can forget it; another trigger refuses direct writes. Those tables say which patient it is for.
    The constraints are checked at the end of each statement, or at the end of the transaction while
    a whole series moves.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    practitioner = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, db_index=False
    )
    room = models.ForeignKey(
        "appointments.Room", models.PROTECT, related_name="+", null=True, db_index=False
    )
    period = DateTimeRangeField("period")
    appointment = models.OneToOneField(
        "appointments.Appointment", models.DO_NOTHING, related_name="held_time", null=True
    )
    group_session = models.OneToOneField(
        "appointments.GroupSession", models.DO_NOTHING, related_name="held_time", null=True
    )
    offer = models.OneToOneField(
        "appointments.WaitlistOffer", models.DO_NOTHING, related_name="held_time", null=True
    )

    class Meta:
        verbose_name = "held time"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    appointment__isnull=False, group_session__isnull=True, offer__isnull=True
                )
                | Q(appointment__isnull=True, group_session__isnull=False, offer__isnull=True)
                | Q(appointment__isnull=True, group_session__isnull=True, offer__isnull=False),
                name="held_time_is_for_one_thing",
            ),
            ExclusionConstraint(
                name="held_practitioner_once_at_a_time",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,
            ),
            ExclusionConstraint(
                name="held_room_once_at_a_time",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period.lower:%-d %b %Y, %H:%M}"
