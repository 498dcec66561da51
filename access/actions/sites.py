"""Actions on sites of the clinic."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from access.actions.accounts import service_account
from access.audit.record import record
from access.authz.policy import forget_roles, require_permission
from access.enums import AuditAction, Permission, Role
from access.errors import (
    AccountExists,
)
from access.models import (
    RoleAssignment,
    Site,
    User,
)
from common.banned_words import banned_word
from common.errors import InvalidInput


@transaction.atomic
def create_first_clinic(
    *, email: str, name: str, site: Mapping[str, str], now: datetime
) -> tuple[User, str]:
    """Create the first site and its administrator, with a password for one sign-in.

    Works once; after that, administrators create accounts. Raises AccountExists if there is a staff
    account already, or InvalidInput.
    """
    if User.objects.filter(is_service=False).exists():
        raise AccountExists(
            "This clinic already has staff accounts.",
            remedy="Ask its system administrator for an account.",
        )
    _refuse_banned_name(site)
    by = service_account("set-up", now=now)
    password = secrets.token_urlsafe(15)
    user = User(
        email=email.strip().lower(), name=name.strip(), created_at=now, must_change_password=True
    )
    user.set_password(password)
    user.save(force_insert=True)
    place = Site.objects.create(**site)
    RoleAssignment.objects.create(
        user=user, site=place, role=Role.SYSTEM_ADMINISTRATOR, granted_at=now
    )
    record(AuditAction.CREATE_FIRST_CLINIC, on=place, now=now, by=by)
    record(AuditAction.CREATE_STAFF_ACCOUNT, on=user, now=now, by=by)
    return user, password


@transaction.atomic
def set_up_site(*, code: str, details: Mapping[str, str], now: datetime, by: User) -> Site:
    """Create the site `code`, or change its name, phone, address, time zone or neutral name.

    The user who creates a site becomes its administrator, so that somebody can give roles there.
    Raises InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.SET_UP)
    _refuse_banned_name(details)
    site = Site.objects.select_for_update().filter(code=code).first()
    if site is not None:
        require_permission(by, Permission.SET_UP, on=_At(site.pk))
        changed = sorted(name for name in details if getattr(site, name) != details[name])
        if changed:
            Site.objects.filter(pk=site.pk).update(**{name: details[name] for name in changed})
            record(AuditAction.CHANGE_SITE, on=site, now=now, by=by, detail={"fields": changed})
        return Site.objects.get(pk=site.pk)
    site = Site.objects.create(code=code, **details)
    RoleAssignment.objects.create(
        user=by, site=site, role=Role.SYSTEM_ADMINISTRATOR, granted_at=now
    )
    forget_roles(by)
    record(AuditAction.CREATE_SITE, on=site, now=now, by=by)
    return site


@dataclass(frozen=True)
class _At:
    """Stands for a site in a permission check."""

    site_id: int


def _refuse_banned_name(details: Mapping[str, str]) -> None:
    """Raise InvalidInput if the neutral name contains a banned word.

    Patients see the neutral name on their phones. Checking it here shows the error when the site is
    set up, and not at the first reminder.
    """
    word = banned_word(details.get("neutral_name", ""))
    if word:
        raise InvalidInput(
            f"The name used in messages must not say “{word}”: a patient's phone may be read by others.",
            field="neutral_name",
        )
