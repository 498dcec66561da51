"""Who reaches one patient beyond a role at a site: care teams, and what an emergency opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Greatest

from access.enums import EmergencyReason, Ground, ReviewOutcome, Right
from access.models.staff import Site, User
from access.noticing import Judge, Noticed
from access.policy import Anyone, reach, scope_of, sites_with_right
from vault.fields import EncryptedCharField


class CareTeamQuerySet(models.QuerySet["CareTeamPlace"]):
    seen_with = Right.SEE_IDENTITY

    def visible_to(self, user: Anyone) -> CareTeamQuerySet:
        """Places on the care teams of patients whose identity `user` may see."""
        return self.filter(reach(user, self.seen_with).condition("site_id", "patient_id"))

    def on(self, day: date) -> CareTeamQuerySet:
        """Held on `day`: neither ended by somebody nor past the planned end."""
        return self.filter(ended_at__isnull=True, planned_end_date__gte=day)

    def end_with_care(self, day: date) -> int:
        """Care ended on `day`: no planned end lies later."""
        return self.on(day).update(planned_end_date=Greatest("since_date", models.Value(day)))


class EmergencyQuerySet(models.QuerySet["EmergencyAccess"]):
    def visible_to(self, user: Anyone) -> EmergencyQuerySet:
        """Of the sites whose emergencies `user` reviews, and one's own."""
        at_sites = models.Q(site_id__in=sites_with_right(user, Right.REVIEW_EMERGENCIES))
        own = models.Q(user_id=user.pk) if scope_of(user) is None else models.Q()
        return self.filter(at_sites | own)

    def to_review(self) -> EmergencyQuerySet:
        return self.filter(reviewed_at__isnull=True)

    def to_chase(self, now: datetime) -> EmergencyQuerySet:
        """Overdue for review, and nobody was reminded of it within as many days."""
        before = now - timedelta(days=settings.EMERGENCY_REVIEW_DAYS)
        quiet = models.Q(chased_at__isnull=True) | models.Q(chased_at__lte=before)
        return self.to_review().filter(quiet, opened_at__lte=before, told_at__isnull=False)

    def with_count_of_the_day(self) -> EmergencyQuerySet:
        """`opened_that_day`: how many the same person opened in the 24 hours that end with each."""
        same = EmergencyAccess.objects.filter(
            user=models.OuterRef("user"),
            opened_at__gt=models.OuterRef("opened_at") - timedelta(hours=24),
            opened_at__lte=models.OuterRef("opened_at"),
        )
        counted = same.order_by().values("user").annotate(number=models.Count("pk"))
        return self.annotate(opened_that_day=models.Subquery(counted.values("number")))


class CareTeamPlace(Noticed):
    """`user` cares for one patient until a planned end.

    An id and no foreign key: this floor knows no patients. The floor above ties it to its patient
    in the database (patients/migrations/0005_care_team_is_of_a_patient.py).
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
        verbose_name = "place on a care team"
        verbose_name_plural = "places on care teams"
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
        return f"{self.user} until {self.planned_end_date}"


class EmergencyAccess(Noticed):
    """One record opened in an emergency ("break-glass"): who, why, until when, and its review."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("words", "review_words")
    ORDER: ClassVar[tuple[str, ...]] = ("-opened_at", "-id")

    user = models.ForeignKey(User, models.PROTECT, related_name="emergency_accesses")
    patient_id = models.BigIntegerField("patient id")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    reason = models.CharField("reason", max_length=20, choices=EmergencyReason.choices)
    words = EncryptedCharField("what happened", max_length=500)
    opened_at = models.DateTimeField("opened at")
    ends_at = models.DateTimeField("open until")
    told_at = models.DateTimeField("privacy officers told by e-mail at", null=True, editable=False)
    chased_at = models.DateTimeField("reminded of its review at", null=True, editable=False)
    outcome = models.CharField(
        "review", max_length=20, choices=ReviewOutcome.choices, blank=True, default=""
    )
    review_words = EncryptedCharField(
        "what the review found", max_length=500, blank=True, default=""
    )
    reviewed_at = models.DateTimeField("reviewed at", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="reviewed_emergencies"
    )

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        verbose_name = "emergency access"
        verbose_name_plural = "emergency accesses"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gte=models.F("opened_at")),
                name="emergency_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=EmergencyReason.values) & ~models.Q(words=""),
                name="emergency_has_a_reason_in_words",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    outcome="",
                    review_words="",
                    reviewed_at__isnull=True,
                    reviewed_by__isnull=True,
                )
                | (
                    models.Q(
                        outcome__in=ReviewOutcome.values,
                        reviewed_at__isnull=False,
                        reviewed_by__isnull=False,
                    )
                    & ~models.Q(review_words="")
                ),
                name="emergency_review_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True)
                | ~models.Q(reviewed_by=models.F("user")),
                name="emergency_reviewed_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "ends_at"], name="emergency_open"),
            models.Index(fields=["site", "-opened_at", "-id"], name="emergency_newest_at_site"),
            models.Index(
                fields=["site"],
                condition=models.Q(reviewed_at__isnull=True),
                name="emergency_to_review",
            ),
            models.Index(
                fields=["opened_at"],
                condition=models.Q(told_at__isnull=True),
                name="emergency_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.opened_at:%Y-%m-%d %H:%M}"

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody has reviewed it within EMERGENCY_REVIEW_DAYS."""
        return self.reviewed_at is None and now - self.opened_at > timedelta(
            days=settings.EMERGENCY_REVIEW_DAYS
        )

    @classmethod
    def judge_for(cls, user: Anyone) -> Judge:
        sites = sites_with_right(user, Right.REVIEW_EMERGENCIES)
        own = user.pk if scope_of(user) is None else None

        def judge(row: Mapping[str, Any], site_id: int | None) -> Ground | None:
            if own is not None and row.get("user_id") == own:
                return Ground.EMERGENCY
            return Ground.SITE if row.get("site_id") in sites else None

        return judge
