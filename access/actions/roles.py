"""Actions on roles: grant, confirm, refuse and withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from access.audit.record import record
from access.auth.sessions import end_all_sessions, revoke_all_tokens
from access.authz.policy import forget_roles, roles_at
from access.authz.roles import SEEING_PATIENTS
from access.enums import AuditAction, NoticeKind, ProposalOutcome, Role
from access.models import RoleAssignment, RoleProposal, Site, User
from access.role_approval import (
    notify_owner,
    propose,
    require_is_themselves,
    require_second_person,
)
from access.staff_scope import refuse_own, require_at
from common.errors import Conflict


@transaction.atomic
def grant_role(
    *, user: User, site: Site, role: Role, now: datetime, by: User
) -> RoleAssignment | RoleProposal:
    """Propose that `user` becomes `role` at `site`; `by` must manage staff there.

    The RoleProposal that is returned gives no permission until a second person confirms it. If
    `user` holds the role already, the existing assignment is returned. Raises NotPermitted or
    OwnAccessUnchanged.
    """
    require_at(site.pk, by)
    refuse_own(user, by)
    held = RoleAssignment.objects.filter(user=user, site=site, role=role).first()
    return held or propose(user=user, site=site, role=role, now=now, by=by)


@transaction.atomic
def confirm_role(*, proposal: RoleProposal, now: datetime, by: User) -> RoleAssignment:
    """Confirm a role as the second person, once only the owner knows the account's credentials.

    Raises OwnAccessUnchanged, NotSignedInYet, NotFound, or Conflict if it was decided already.
    """
    require_second_person(proposal, by)
    return _confirm(proposal, now, by)


@transaction.atomic
def confirm_role_from_server(*, proposal: RoleProposal, now: datetime, by: User) -> RoleAssignment:
    """Confirm a role from the command line of the server, without a second person.

    Needed for the first second person of a clinic, and when the last one has left. Raises
    NotSignedInYet or Conflict.
    """
    return _confirm(proposal, now, by)


@transaction.atomic
def refuse_role(*, proposal: RoleProposal, now: datetime, by: User) -> None:
    """Refuse a role as the second person.

    Raises OwnAccessUnchanged, NotFound or Conflict.
    """
    require_second_person(proposal, by)
    _decide(proposal, ProposalOutcome.REFUSED, now, by)
    record(AuditAction.REFUSE_ROLE, on=proposal.user, now=now, by=by, detail=_detail(proposal))


@transaction.atomic
def withdraw_proposal(*, proposal: RoleProposal, now: datetime, by: User) -> None:
    """Withdraw a proposed role before it is confirmed; `by` must manage staff at its site.

    Raises NotPermitted, OwnAccessUnchanged or Conflict.
    """
    require_at(proposal.site_id, by)
    refuse_own(proposal.user, by)
    _decide(proposal, ProposalOutcome.WITHDRAWN, now, by)
    record(
        AuditAction.WITHDRAW_ROLE_PROPOSAL,
        on=proposal.user,
        now=now,
        by=by,
        detail=_detail(proposal),
    )


@transaction.atomic
def withdraw_role(*, assignment: RoleAssignment, now: datetime, by: User) -> None:
    """Withdraw a role and end the sessions, tokens and care team places that depend on it.

    `by` must manage staff at its site. Raises NotPermitted or OwnAccessUnchanged.
    """
    require_at(assignment.site_id, by)
    refuse_own(assignment.user, by)
    detail: dict[str, Any] = {"role": assignment.role, "site": assignment.site.code}
    assignment.delete()
    forget_roles(assignment.user)
    detail |= _end_access(assignment.user, now=now)
    detail |= _end_care_team_places(assignment.user, assignment.site_id, now=now)
    record(AuditAction.WITHDRAW_ROLE, on=assignment.user, now=now, by=by, detail=detail)


def _end_access(user: User, *, now: datetime) -> dict[str, int]:
    """End all sessions and tokens of `user`, because they began with other roles."""
    end_all_sessions(user)
    return {"tokens revoked": revoke_all_tokens(user, now=now)}


def _end_care_team_places(user: User, site_id: int, *, now: datetime) -> dict[str, int]:
    """End care team places at a site where `user` has no role left that sees patients.

    If the role is granted again, the care teams must be chosen anew.
    """
    if {Role(role) for role in roles_at(user, site_id)} & SEEING_PATIENTS:
        return {}
    places = user.care_team_places.filter(site=site_id, ended_at__isnull=True)
    ended = places.update(ended_at=now)
    return {"care team places ended": ended} if ended else {}


def _confirm(proposal: RoleProposal, now: datetime, by: User) -> RoleAssignment:
    # The lock makes an administrator who resets this account at the same moment wait, or makes the
    # reset visible here.
    user = User.objects.select_for_update().get(pk=proposal.user_id)
    require_is_themselves(user)
    _decide(proposal, ProposalOutcome.CONFIRMED, now, by)
    record(AuditAction.CONFIRM_ROLE, on=user, now=now, by=by, detail=_detail(proposal))
    notify_owner(user, NoticeKind.ROLE_CONFIRMED, now=now)
    role = Role(proposal.role)
    return _create_assignment(user=proposal.user, site=proposal.site, role=role, now=now, by=by)


def _create_assignment(
    *, user: User, site: Site, role: Role, now: datetime, by: User
) -> RoleAssignment:
    held, created = RoleAssignment.objects.get_or_create(
        user=user, site=site, role=role, defaults={"granted_at": now}
    )
    if created:
        detail = {"role": role, "site": site.code, **_end_access(user, now=now)}
        record(AuditAction.GRANT_ROLE, on=user, now=now, by=by, detail=detail)
        forget_roles(user)
    return held


def _decide(proposal: RoleProposal, outcome: ProposalOutcome, now: datetime, by: User) -> None:
    decided = RoleProposal.objects.waiting().filter(pk=proposal.pk)
    if not decided.update(outcome=outcome, decided_by=by, decided_at=now):
        raise Conflict


def _detail(proposal: RoleProposal) -> dict[str, str]:
    return {"role": proposal.role, "site": proposal.site.code}
