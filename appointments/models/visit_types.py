"""Model of visit types. The clinic sets them up; they contain no patient data."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from access.enums import Role
from appointments.enums import VisitMode
from treatments.enums import Arm

LARGEST_GROUP = 60


#: By default a visit is a no-show an hour after its time (docs/clinical.md).
NO_SHOW_AFTER = 60


def in_person() -> list[str]:
    return [VisitMode.IN_PERSON]


class AppointmentType(models.Model):
    """A visit type. Its name is never in a message to a patient."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    code = models.SlugField("code", max_length=40, unique=True)
    name = models.CharField("name", max_length=100)
    minutes = models.PositiveSmallIntegerField("minutes", default=30)
    buffer_minutes = models.PositiveSmallIntegerField(
        "buffer after it (minutes)",
        default=0,
        help_text="Keeps practitioner and room free afterwards, for notes or cleaning.",
    )
    capacity = models.PositiveSmallIntegerField(
        "patients at once", default=1, help_text="More than one makes it a group."
    )
    arm = models.CharField("arm of the plan", max_length=12, choices=Arm.as_choices, blank=True)
    modes = ArrayField(
        models.CharField(max_length=10, choices=VisitMode.as_choices),
        verbose_name="offered",
        default=in_person,
    )
    roles = ArrayField(
        models.CharField(max_length=30, choices=Role.as_choices),
        verbose_name="roles",
        default=list,
        blank=True,
        help_text="Leave empty to allow all practitioners.",
    )
    no_show_after_minutes = models.PositiveSmallIntegerField(
        "automatic no-show after (minutes)",
        default=NO_SHOW_AFTER,
        null=True,
        blank=True,
        help_text="After the start time. Leave empty to mark no-shows only by hand.",
    )
    is_active = models.BooleanField("offered", default=True)

    class Meta:
        verbose_name = "visit type"
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=720), name="appointment_type_has_length"
            ),
            models.CheckConstraint(
                condition=Q(buffer_minutes__lte=240), name="appointment_type_buffer_is_short"
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1, capacity__lte=LARGEST_GROUP),
                name="appointment_type_has_seats",
            ),
            models.CheckConstraint(
                condition=Q(modes__len__gte=1), name="appointment_type_is_somehow_offered"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_group(self) -> bool:
        return self.capacity > 1
