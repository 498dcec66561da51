"""Model for emergency access to one record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from access.actor import Actor
from access.authz.policy import sites_with_permission, token_scope_of
from access.enums import AccessBasis, EmergencyReason, Permission, ReviewOutcome
from access.models.sites import Site
from access.models.users import User
from access.row_tracking import ReadTracked, RowRule
from vault.encrypted_fields import EncryptedCharField


class EmergencyQuerySet(models.QuerySet["EmergencyAccess"]):
    def visible_to(self, user: Actor) -> EmergencyQuerySet:
        """Accesses at the sites whose emergencies `user` reviews, and the user's own."""
        at_sites = models.Q(site_id__in=sites_with_permission(user, Permission.REVIEW_EMERGENCIES))
        own = models.Q(user_id=user.pk) if token_scope_of(user) is None else models.Q()
        return self.filter(at_sites | own)

    def to_review(self) -> EmergencyQuerySet:
        return self.filter(reviewed_at__isnull=True)

    def to_chase(self, now: datetime) -> EmergencyQuerySet:
        """Accesses that are overdue for review and need an e-mail reminder again.

        A reminder is sent at most once in EMERGENCY_REVIEW_DAYS.
        """
        before = now - timedelta(days=settings.EMERGENCY_REVIEW_DAYS)
        quiet = models.Q(chased_at__isnull=True) | models.Q(chased_at__lte=before)
        return self.to_review().filter(quiet, opened_at__lte=before, told_at__isnull=False)

    def with_count_of_the_day(self) -> EmergencyQuerySet:
        """Annotate `opened_that_day`: how many the same user opened in the 24 hours up to each one."""
        same = EmergencyAccess.objects.filter(
            user=models.OuterRef("user"),
            opened_at__gt=models.OuterRef("opened_at") - timedelta(hours=24),
            opened_at__lte=models.OuterRef("opened_at"),
        )
        counted = same.order_by().values("user").annotate(number=models.Count("pk"))
        return self.annotate(opened_that_day=models.Subquery(counted.values("number")))


class EmergencyAccess(ReadTracked):
    """One record opened in an emergency ("break-glass"): who, why, until when, and its review."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("words", "review_words")
    ORDER: ClassVar[tuple[str, ...]] = ("-opened_at", "-id")

    user = models.ForeignKey(User, models.PROTECT, related_name="emergency_accesses")
    patient_id = models.BigIntegerField("patient id")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    reason = models.CharField("reason", max_length=20, choices=EmergencyReason.as_choices)
    words = EncryptedCharField("what happened", max_length=500)
    opened_at = models.DateTimeField("opened at")
    ends_at = models.DateTimeField("open until")
    told_at = models.DateTimeField("e-mail to privacy officers at", null=True, editable=False)
    chased_at = models.DateTimeField("review reminder sent at", null=True, editable=False)
    outcome = models.CharField(
        "review", max_length=20, choices=ReviewOutcome.as_choices, blank=True, default=""
    )
    review_words = EncryptedCharField("review findings", max_length=500, blank=True, default="")
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
        return f"{self.user}, {self.opened_at:%-d %b %Y, %H:%M}"

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody has reviewed it within EMERGENCY_REVIEW_DAYS."""
        return self.reviewed_at is None and now - self.opened_at > timedelta(
            days=settings.EMERGENCY_REVIEW_DAYS
        )

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        sites = sites_with_permission(user, Permission.REVIEW_EMERGENCIES)
        own = user.pk if token_scope_of(user) is None else None

        def rule(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            if own is not None and row.get("user_id") == own:
                return AccessBasis.EMERGENCY
            return AccessBasis.SITE if row.get("site_id") in sites else None

        return rule
