"""Queries about readers and authors of counseling notes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.authz.roles import PERMISSIONS
from access.enums import Permission, Role
from access.models import RoleAssignment, Site, User
from treatments.models import CounselingNote

#: Roles that may read counseling notes if they are named.
READING = [role.value for role in Role if Permission.SEE_COUNSELING_NOTES in PERMISSIONS[role]]


def note_readers_at(sites: Iterable[Site]) -> QuerySet[User]:
    """Staff members at `sites` who may be named to read counseling notes, by name."""
    return _people().filter(Q(is_active=True) & Exists(_reading_at(sites)))


def note_authors_at(site: Site) -> QuerySet[User]:
    """Staff members who may have written counseling notes at the site, including former staff."""
    wrote = CounselingNote.objects.filter(author=OuterRef("pk"), site=site)
    return _people().filter(Exists(wrote) | Exists(_reading_at([site])))


def _people() -> QuerySet[User]:
    return User.objects.filter(is_service=False).order_by("name", "id")


def _reading_at(sites: Iterable[Site]) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(user=OuterRef("pk"), site__in=sites, role__in=READING)
