"""When one person's word is not enough: roles that read patients' records wait for a second one.

Whoever makes accounts could otherwise give themselves a patient's record under another name.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from access.audit import record
from access.enums import NoticeKind, Right, Role
from access.errors import NotSignedInYet, OwnAccessUnchanged
from access.factors import has_factor
from access.models import (
    AccountNotice,
    AuditArchive,
    AuditEntry,
    RoleAssignment,
    RoleProposal,
    Site,
    User,
)
from access.policy import Anyone, forget_roles, sites_with_right
from access.roles import CONFIRMING, NEEDING_SECOND_PERSON
from common.errors import NotFound


def takes_effect_at_once(role: Role) -> bool:
    """What sees no patient; and, once in the life of a clinic, the first who can confirm others."""
    if role not in NEEDING_SECOND_PERSON:
        return True
    return role in CONFIRMING and not _was_there_ever_a_second_person()


def _was_there_ever_a_second_person() -> bool:
    """Asked of the trail too: who withdraws the last one's role does not begin the clinic anew."""
    given = AuditEntry.objects.filter(action="grant role", detail__role__in=sorted(CONFIRMING))
    return (
        RoleAssignment.objects.filter(role__in=CONFIRMING).exists()
        or given.exists()
        or AuditArchive.objects.exists()
    )


def proposals_before(user: Anyone) -> QuerySet[RoleProposal]:
    """What waits and `user` may decide: at one's own sites, and at those that have nobody else."""
    own = sites_with_right(user, Right.CONFIRM_ROLES)
    if not own:
        return RoleProposal.objects.none()
    waiting = RoleProposal.objects.waiting().exclude(user=user.pk).exclude(proposed_by=user.pk)
    orphaned = [row.pk for row in waiting.exclude(site__in=own) if not second_people(row).exists()]
    return waiting.filter(site__in=own) | waiting.filter(pk__in=orphaned)


def second_people(proposal: RoleProposal) -> QuerySet[User]:
    """Who can confirm it at its own site: neither who gave the role nor who gets it."""
    return (
        User.objects.filter(
            is_active=True,
            role_assignments__site=proposal.site_id,
            role_assignments__role__in=CONFIRMING,
        )
        .exclude(pk__in=[proposal.user_id, proposal.proposed_by_id])
        .distinct()
    )


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
    """Their password and second factor are their own: nobody else can use what is confirmed."""
    if user.must_change_password or (settings.SECOND_FACTOR_REQUIRED and not has_factor(user)):
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


def put_back_roles(user: User, *, now: datetime, by: User) -> dict[str, int]:
    """Both password and second factor are somebody else's now: what reads patients waits again."""
    held = RoleAssignment.objects.filter(user=user, role__in=NEEDING_SECOND_PERSON)
    rows = list(held.select_related("site"))
    for row in rows:
        propose(user=user, site=row.site, role=Role(row.role), now=now, by=by)
        row.delete()
    if rows:
        forget_roles(user)
    return {"roles to confirm again": len(rows)} if rows else {}


def note_for_owner(user: User, kind: NoticeKind, *, now: datetime) -> None:
    """They hear of it by e-mail (access/telling.py)."""
    AccountNotice.objects.create(user=user, kind=kind, noted_at=now)
