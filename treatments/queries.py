"""Reads that span staff and patients, for faces to show."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.authz.roles import PERMISSIONS
from access.enums import Permission, Role
from access.models import RoleAssignment, Site, User
from treatments.models import CounselingNote

#: Roles that read counselling notes when they are named.
READING = [role.value for role in Role if Permission.SEE_COUNSELING_NOTES in PERMISSIONS[role]]


def note_readers_at(sites: Iterable[Site]) -> QuerySet[User]:
    """Colleagues at one of `sites` who may be named to read counselling notes, by name."""
    return _people().filter(Q(is_active=True) & Exists(_reading_at(sites)))


def note_authors_at(site: Site) -> QuerySet[User]:
    """Everybody who may have written counselling notes there, those who have left included."""
    wrote = CounselingNote.objects.filter(author=OuterRef("pk"), site=site)
    return _people().filter(Exists(wrote) | Exists(_reading_at([site])))


def _people() -> QuerySet[User]:
    return User.objects.filter(is_service=False).order_by("name", "id")


def _reading_at(sites: Iterable[Site]) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(user=OuterRef("pk"), site__in=sites, role__in=READING)
