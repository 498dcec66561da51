"""Model for roles that wait for a second person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.enums import ProposalOutcome, Role
from access.models.sites import Site
from access.models.users import User


class RoleProposalQuerySet(models.QuerySet["RoleProposal"]):
    def waiting(self) -> RoleProposalQuerySet:
        return self.filter(decided_at__isnull=True)


class RoleProposal(models.Model):
    """A role that one person proposed and another must confirm.

    It gives no permission. When it is confirmed, the role assignment is created
    (access/actions/roles.py).
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.PROTECT, related_name="role_proposals")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    role = models.CharField("role", max_length=30, choices=Role.as_choices)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("granted at", editable=False)
    told_at = models.DateTimeField("e-mail sent at", null=True, editable=False)
    outcome = models.CharField(
        "outcome", max_length=10, choices=ProposalOutcome.as_choices, blank=True, default=""
    )
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("decided at", null=True, blank=True)

    objects = RoleProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "role to confirm"
        verbose_name_plural = "roles to confirm"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="role_proposal_known_role"
            ),
            models.UniqueConstraint(
                fields=["user", "site", "role"],
                condition=models.Q(decided_at__isnull=True),
                name="role_proposal_waits_once",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", decided_by=None, decided_at=None)
                | models.Q(
                    outcome__in=ProposalOutcome.values,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="role_proposal_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome=ProposalOutcome.CONFIRMED)
                | (
                    ~models.Q(decided_by=models.F("user"))
                    & ~models.Q(decided_by=models.F("proposed_by"))
                ),
                name="role_proposal_confirmed_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site"],
                condition=models.Q(decided_at__isnull=True),
                name="role_proposal_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} at {self.site}"
