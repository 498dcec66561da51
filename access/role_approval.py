"""Approval of roles by a second person.

Without it, a user who creates accounts could give themselves access to a patient's record under
another name, or create a second administrator account for that purpose.
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
from access.enums import AuditAction, NoticeKind, Permission, Role
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
    """Proposals `user` may decide: at their own sites and at sites without a second person."""
    own = sites_with_permission(user, Permission.CONFIRM_ROLES)
    if not own:
        return RoleProposal.objects.none()
    there = RoleAssignment.objects.filter(
        site=OuterRef("site"), role__in=CONFIRMING, user__is_active=True
    ).exclude(Q(user=OuterRef("user")) | Q(user=OuterRef("proposed_by")))
    waiting = RoleProposal.objects.waiting().exclude(user=user.pk).exclude(proposed_by=user.pk)
    return waiting.filter(Q(site__in=own) | ~Exists(there))


def second_people(proposal: RoleProposal) -> QuerySet[User]:
    """Users who can confirm the proposal: at its site or, if it has none, at other sites."""
    held = RoleAssignment.objects.filter(role__in=CONFIRMING)
    people = User.objects.filter(is_active=True).exclude(
        pk__in=[proposal.user_id, proposal.proposed_by_id]
    )
    there = people.filter(pk__in=held.filter(site=proposal.site_id).values("user"))
    return there if there.exists() else people.filter(pk__in=held.values("user"))


def require_second_person(proposal: RoleProposal, by: User) -> None:
    """Check that `by` may decide the proposal as the second person.

    Raises OwnAccessUnchanged for the one who proposed the role or would get it, and NotFound if the
    proposal is not for `by` to decide.
    """
    if by.pk in {proposal.user_id, proposal.proposed_by_id}:
        raise OwnAccessUnchanged(
            "A role must be confirmed by a second person: not the one who granted it, nor the one who gets it.",
            remedy="Ask a clinical director or privacy officer.",
        )
    if not proposals_before(by).filter(pk=proposal.pk).exists():
        raise NotFound


def require_is_themselves(user: User) -> None:
    """Check that only the owner can use the account before its role is confirmed.

    The account must be active, with a password that its owner chose and, if required, a second
    factor. Raises NotSignedInYet.
    """
    if (
        not user.is_active
        or user.must_change_password
        or (settings.SECOND_FACTOR_REQUIRED and not has_factor(user))
    ):
        raise NotSignedInYet


def propose(*, user: User, site: Site, role: Role, now: datetime, by: User) -> RoleProposal:
    """Create a proposal that waits for a second person, or return the one that waits already."""
    row, created = RoleProposal.objects.get_or_create(
        user=user,
        site=site,
        role=role,
        decided_at=None,
        defaults={"proposed_by": by, "proposed_at": now},
    )
    if created:
        detail = {"role": role, "site": site.code}
        record(AuditAction.PROPOSE_ROLE, on=user, now=now, by=by, detail=detail)
    return row


def reset_factors(user: User, *, now: datetime, by: User) -> dict[str, int]:
    """Remove all factors of `user`, notify them, and return the detail for the audit entry.

    If somebody else knows the password, the roles of `user` wait for a second person again. Shared
    by the reset by an administrator and the one from the server.
    """
    detail = clear_factors(user, now=now)
    if User.objects.get(pk=user.pk).must_change_password:
        detail |= suspend_roles(user, now=now, by=by)
    notify_owner(user, NoticeKind.FACTOR_RESET, now=now)
    return detail


def suspend_roles(user: User, *, now: datetime, by: User) -> dict[str, int]:
    """Turn each role of `user` into a proposal, so that a second person confirms who uses it.

    Places on care teams stay. Returns the detail for the audit entry.
    """
    rows = list(RoleAssignment.objects.filter(user=user).select_related("site"))
    for row in rows:
        propose(user=user, site=row.site, role=Role(row.role), now=now, by=by)
        row.delete()
    if rows:
        forget_roles(user)
    return {"roles to confirm again": len(rows)} if rows else {}


def notify_owner(user: User, kind: NoticeKind, *, now: datetime) -> None:
    """Queue an e-mail to `user` about their own account (access/staff_emails.py)."""
    AccountNotice.objects.create(user=user, kind=kind, noted_at=now)
