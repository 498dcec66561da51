"""When one person's word is not enough: every role waits for a second one.

Whoever makes accounts could otherwise give themselves a patient's record under another name, or a
second administrator's account to propose with.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from access.actor import Actor
from access.audit.record import record
from access.auth.second_factor import clear_factors, has_factor
from access.authz.policy import forget_roles, sites_with_permission
from access.authz.roles import CONFIRMING
from access.enums import NoticeKind, Permission, Role
from access.errors import NotSignedInYet, OwnAccessUnchanged
from access.models import (
    AccountNotice,
    RoleAssignment,
    RoleProposal,
    Site,
    User,
)
from common.errors import NotFound


def proposals_before(user: Actor) -> QuerySet[RoleProposal]:
    """What waits and `user` may decide: at one's own sites, and at those that have nobody else."""
    own = sites_with_permission(user, Permission.CONFIRM_ROLES)
    if not own:
        return RoleProposal.objects.none()
    there = RoleAssignment.objects.filter(
        site=OuterRef("site"), role__in=CONFIRMING, user__is_active=True
    ).exclude(Q(user=OuterRef("user")) | Q(user=OuterRef("proposed_by")))
    waiting = RoleProposal.objects.waiting().exclude(user=user.pk).exclude(proposed_by=user.pk)
    return waiting.filter(Q(site__in=own) | ~Exists(there))


def second_people(proposal: RoleProposal) -> QuerySet[User]:
    """Who can confirm it, seen from the other side: those at its own site, or, without any, the others."""
    held = RoleAssignment.objects.filter(role__in=CONFIRMING)
    people = User.objects.filter(is_active=True).exclude(
        pk__in=[proposal.user_id, proposal.proposed_by_id]
    )
    there = people.filter(pk__in=held.filter(site=proposal.site_id).values("user"))
    return there if there.exists() else people.filter(pk__in=held.values("user"))


def require_second_person(proposal: RoleProposal, by: User) -> None:
    """Raises NotFound where it is not theirs to decide, OwnAccessUnchanged for who had the first word."""
    if by.pk in {proposal.user_id, proposal.proposed_by_id}:
        raise OwnAccessUnchanged(
            "A second person confirms a role: neither who gave it nor who gets it.",
            remedy="Ask a clinical director or a privacy officer.",
        )
    if not proposals_before(by).filter(pk=proposal.pk).exists():
        raise NotFound


def require_is_themselves(user: User) -> None:
    """They may sign in, and password and second factor are their own: nobody else uses what is confirmed."""
    if (
        not user.is_active
        or user.must_change_password
        or (settings.SECOND_FACTOR_REQUIRED and not has_factor(user))
    ):
        raise NotSignedInYet


def propose(*, user: User, site: Site, role: Role, now: datetime, by: User) -> RoleProposal:
    """It waits from now on. Twice changes nothing."""
    row, created = RoleProposal.objects.get_or_create(
        user=user,
        site=site,
        role=role,
        decided_at=None,
        defaults={"proposed_by": by, "proposed_at": now},
    )
    if created:
        detail = {"role": role, "site": site.code}
        record("propose role", on=user, now=now, by=by, detail=detail)
    return row


def reset_factors(user: User, *, now: datetime, by: User) -> dict[str, int]:
    """All factors of `user` go, and they hear of it; with a password that is not theirs, their roles wait.

    What a reset by an administrator and one from the server have in common. Returns the detail of
    the deed's row in the trail.
    """
    detail = clear_factors(user, now=now)
    if User.objects.get(pk=user.pk).must_change_password:
        detail |= suspend_roles(user, now=now, by=by)
    notify_owner(user, NoticeKind.FACTOR_RESET, now=now)
    return detail


def suspend_roles(user: User, *, now: datetime, by: User) -> dict[str, int]:
    """Who sits there is for a second person to say again: each role of `user` waits. Care teams stay."""
    rows = list(RoleAssignment.objects.filter(user=user).select_related("site"))
    for row in rows:
        propose(user=user, site=row.site, role=Role(row.role), now=now, by=by)
        row.delete()
    if rows:
        forget_roles(user)
    return {"roles to confirm again": len(rows)} if rows else {}


def notify_owner(user: User, kind: NoticeKind, *, now: datetime) -> None:
    """They hear of it by e-mail (access/staff_emails.py)."""
    AccountNotice.objects.create(user=user, kind=kind, noted_at=now)
