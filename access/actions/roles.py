"""The verbs on roles: given, confirmed by a second person, refused, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from access.audit.record import record
from access.auth.sessions import end_all_sessions, revoke_all_tokens
from access.authz.policy import forget_roles, roles_at
from access.authz.roles import SEEING_PATIENTS
from access.enums import NoticeKind, ProposalOutcome, Role
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
    """`user` is to become `role` at `site`, given by who manages staff there. Twice changes nothing.

    It waits for a second person: a RoleProposal, and no right yet.
    """
    require_at(site.pk, by)
    refuse_own(user, by)
    held = RoleAssignment.objects.filter(user=user, site=site, role=role).first()
    return held or propose(user=user, site=site, role=role, now=now, by=by)


@transaction.atomic
def confirm_role(*, proposal: RoleProposal, now: datetime, by: User) -> RoleAssignment:
    """The second person's word, once the account's password and factor are its owner's alone.

    Raises OwnAccessUnchanged, NotSignedInYet, NotFound, or Conflict when it was decided already.
    """
    require_second_person(proposal, by)
    return _confirm(proposal, now, by)


@transaction.atomic
def confirm_role_from_server(*, proposal: RoleProposal, now: datetime, by: User) -> RoleAssignment:
    """For a clinic's first second person, and when the last is gone: whoever runs its own server may."""
    return _confirm(proposal, now, by)


@transaction.atomic
def refuse_role(*, proposal: RoleProposal, now: datetime, by: User) -> None:
    """The second person's no. Raises as `confirm_role` does."""
    require_second_person(proposal, by)
    _decide(proposal, ProposalOutcome.REFUSED, now, by)
    record("refuse role", on=proposal.user, now=now, by=by, detail=_detail(proposal))


@transaction.atomic
def withdraw_proposal(*, proposal: RoleProposal, now: datetime, by: User) -> None:
    """By who manages staff at its site, before it is confirmed."""
    require_at(proposal.site_id, by)
    refuse_own(proposal.user, by)
    _decide(proposal, ProposalOutcome.WITHDRAWN, now, by)
    record("withdraw role to confirm", on=proposal.user, now=now, by=by, detail=_detail(proposal))


@transaction.atomic
def withdraw_role(*, assignment: RoleAssignment, now: datetime, by: User) -> None:
    require_at(assignment.site_id, by)
    refuse_own(assignment.user, by)
    detail: dict[str, Any] = {"role": assignment.role, "site": assignment.site.code}
    assignment.delete()
    forget_roles(assignment.user)
    detail |= _end_access(assignment.user, now=now)
    detail |= _end_care_team_places(assignment.user, assignment.site_id, now=now)
    record("withdraw role", on=assignment.user, now=now, by=by, detail=detail)


def _end_access(user: User, *, now: datetime) -> dict[str, int]:
    """Sessions and tokens began with other roles: whoever has one begins anew."""
    end_all_sessions(user)
    return {"tokens revoked": revoke_all_tokens(user, now=now)}


def _end_care_team_places(user: User, site_id: int, *, now: datetime) -> dict[str, int]:
    """Who sees no patients at the site any more is on no care team there; somebody chooses them anew."""
    if {Role(role) for role in roles_at(user, site_id)} & SEEING_PATIENTS:
        return {}
    places = user.care_team_places.filter(site=site_id, ended_at__isnull=True)
    ended = places.update(ended_at=now)
    return {"care team places ended": ended} if ended else {}


def _confirm(proposal: RoleProposal, now: datetime, by: User) -> RoleAssignment:
    # Locked: an administrator who resets the account at this moment waits, or is seen here.
    user = User.objects.select_for_update().get(pk=proposal.user_id)
    require_is_themselves(user)
    _decide(proposal, ProposalOutcome.CONFIRMED, now, by)
    record("confirm role", on=user, now=now, by=by, detail=_detail(proposal))
    notify_owner(user, NoticeKind.ROLE_CONFIRMED, now=now)
    role = Role(proposal.role)
    return _make(user=proposal.user, site=proposal.site, role=role, now=now, by=by)


def _make(*, user: User, site: Site, role: Role, now: datetime, by: User) -> RoleAssignment:
    held, created = RoleAssignment.objects.get_or_create(
        user=user, site=site, role=role, defaults={"granted_at": now}
    )
    if created:
        detail = {"role": role, "site": site.code, **_end_access(user, now=now)}
        record("grant role", on=user, now=now, by=by, detail=detail)
        forget_roles(user)
    return held


def _decide(proposal: RoleProposal, outcome: ProposalOutcome, now: datetime, by: User) -> None:
    decided = RoleProposal.objects.waiting().filter(pk=proposal.pk)
    if not decided.update(outcome=outcome, decided_by=by, decided_at=now):
        raise Conflict


def _detail(proposal: RoleProposal) -> dict[str, str]:
    return {"role": proposal.role, "site": proposal.site.code}
