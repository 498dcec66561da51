"""Reads that span staff and patients, for faces to show."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.enums import Right, Role
from access.models import RoleAssignment, Site, User
from access.roles import RIGHTS
from treatments.models import CounsellingNote

#: Roles that read counselling notes when they are named.
READING = [role.value for role in Role if Right.SEE_COUNSELLING_NOTES in RIGHTS[role]]


def note_readers_at(sites: Iterable[Site]) -> QuerySet[User]:
    """Colleagues at one of `sites` who may be named to read counselling notes, by name."""
    return _people().filter(Q(is_active=True) & Exists(_reading_at(sites)))


def note_authors_at(site: Site) -> QuerySet[User]:
    """Everybody who may have written counselling notes there, those who have left included."""
    wrote = CounsellingNote.objects.filter(author=OuterRef("pk"), site=site)
    return _people().filter(Exists(wrote) | Exists(_reading_at([site])))


def _people() -> QuerySet[User]:
    return User.objects.filter(is_service=False).order_by("name", "id")


def _reading_at(sites: Iterable[Site]) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(user=OuterRef("pk"), site__in=sites, role__in=READING)
