"""Model for places on the care team of a patient."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models.functions import Greatest

from access.actor import Actor
from access.authz.policy import access_scope
from access.enums import Permission
from access.models.sites import Site
from access.models.users import User
from access.row_tracking import ReadTracked


class CareTeamQuerySet(models.QuerySet["CareTeamPlace"]):
    seen_with = Permission.SEE_IDENTITY

    def visible_to(self, user: Actor) -> CareTeamQuerySet:
        """Places on the care teams of patients whose identity `user` may see."""
        return self.filter(access_scope(user, self.seen_with).condition("site_id", "patient_id"))

    def on(self, day: date) -> CareTeamQuerySet:
        """Places active on `day`: neither ended by somebody nor past the planned end."""
        return self.filter(ended_at__isnull=True, planned_end_date__gte=day)

    def end_with_care(self, day: date) -> int:
        """Move later planned ends to `day`, on which care ended; returns how many places changed."""
        return self.on(day).update(planned_end_date=Greatest("since_date", models.Value(day)))


class CareTeamPlace(ReadTracked):
    """`user` cares for one patient until a planned end.

    It has an id and no foreign key, because this layer does not know patients. The patients app
    adds the foreign key in the database (patients/migrations/0005_care_team_is_of_a_patient.py).
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.PROTECT, related_name="care_team_places")
    patient_id = models.BigIntegerField("patient id")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    chosen_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    since_date = models.DateField("since")
    planned_end_date = models.DateField("planned end")
    ended_at = models.DateTimeField("ended at", null=True, blank=True)

    objects = CareTeamQuerySet.as_manager()

    class Meta:
        verbose_name = "care team member"
        verbose_name_plural = "care team members"
        constraints = [
            models.UniqueConstraint(
                fields=["patient_id", "user"],
                condition=models.Q(ended_at__isnull=True),
                name="care_team_place_held_once",
            ),
            models.CheckConstraint(
                condition=models.Q(planned_end_date__gte=models.F("since_date")),
                name="care_team_place_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(chosen_by=models.F("user")),
                name="care_team_place_given_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["user", "planned_end_date"],
                condition=models.Q(ended_at__isnull=True),
                name="care_team_caseload",
            ),
            models.Index(fields=["patient_id"], name="care_team_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.user} until {self.planned_end_date:%-d %b %Y}"
