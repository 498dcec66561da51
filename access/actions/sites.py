"""The verbs on staff accounts. Each checks the right, changes rows and writes the audit row."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from access.actions.accounts import service_account
from access.audit.record import record
from access.authz.policy import forget_roles, require_permission
from access.enums import Permission, Role
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
    """The first site and its administrator, with a password for one sign-in. Once.

    Afterwards accounts are made by accounts. Raises AccountExists when there is one already.
    """
    if User.objects.filter(is_service=False).exists():
        raise AccountExists(
            "This clinic has staff accounts already.", remedy="Ask its administrator for one."
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
    record("begin clinic", on=place, now=now, by=by)
    record("create staff account", on=user, now=now, by=by)
    return user, password


@transaction.atomic
def set_up_site(*, code: str, details: Mapping[str, str], now: datetime, by: User) -> Site:
    """Make the site `code`, or change its name, phone, address, zone or neutral name.

    Who makes a site administers it, so that somebody can give roles there.
    """
    require_permission(by, Permission.SET_UP)
    _refuse_banned_name(details)
    site = Site.objects.select_for_update().filter(code=code).first()
    if site is not None:
        require_permission(by, Permission.SET_UP, on=_At(site.pk))
        changed = sorted(name for name in details if getattr(site, name) != details[name])
        if changed:
            Site.objects.filter(pk=site.pk).update(**{name: details[name] for name in changed})
            record("change site", on=site, now=now, by=by, detail={"fields": changed})
        return Site.objects.get(pk=site.pk)
    site = Site.objects.create(code=code, **details)
    RoleAssignment.objects.create(
        user=by, site=site, role=Role.SYSTEM_ADMINISTRATOR, granted_at=now
    )
    forget_roles(by)
    record("make site", on=site, now=now, by=by)
    return site


@dataclass(frozen=True)
class _At:
    """A place to ask a right for."""

    site_id: int


def _refuse_banned_name(details: Mapping[str, str]) -> None:
    """The neutral name stands on patients' screens; found here, not at the first reminder."""
    word = banned_word(details.get("neutral_name", ""))
    if word:
        raise InvalidInput(
            f"The name used in messages must not say “{word}”: a patient's phone may be read by others.",
            field="neutral_name",
        )
