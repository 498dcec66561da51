"""The verbs on staff accounts. Each checks the right, changes rows and writes the audit row."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX as NO_PASSWORD
from django.db import IntegrityError, transaction

from access.actions.passwords import _set_password
from access.audit.record import record
from access.auth.sessions import end_all_sessions, revoke_all_tokens
from access.authz.policy import require_permission
from access.enums import NoticeKind, Permission
from access.errors import (
    AccountExists,
)
from access.models import (
    User,
)
from access.role_approval import notify_owner, suspend_roles
from access.staff_scope import require_over, require_over_some
from common.errors import InvalidInput

SERVICE_DOMAIN = "service.invalid"


def service_account(name: str, *, now: datetime) -> User:
    """The named account that background work acts as. It has no password and no roles."""
    user, _ = User.objects.get_or_create(
        email=f"{name}@{SERVICE_DOMAIN}",
        defaults={"name": name, "is_service": True, "created_at": now, "password": NO_PASSWORD},
    )
    return user


def create_staff_account(*, email: str, name: str, password: str, now: datetime, by: User) -> User:
    """A new account without any role. Raises WeakPassword or AccountExists.

    Whoever made the account knows its password, so its owner chooses another before anything else.
    """
    require_permission(by, Permission.MANAGE_USERS)
    user = User(email=email.strip().lower(), name=name.strip(), created_at=now)
    if not user.name:
        raise InvalidInput("A staff account needs a name.", field="name")
    _set_password(user, password)
    user.must_change_password = True
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record("create staff account", on=user, now=now, by=by)
    except IntegrityError as problem:
        raise AccountExists(field="email") from problem
    return user


@transaction.atomic
def set_account_active(*, user: User, active: bool, now: datetime, by: User) -> None:
    """Whether `user` may sign in. Every session and token of the account ends.

    Enabled again, who sits there is for a second person to say: the roles wait, and the owner hears
    of it. Disabling only narrows, so managing staff at one of the sites is enough for it.
    """
    if active:
        require_over(user, by)
    else:
        require_over_some(user, by)
    if user.is_active == active:
        return
    user.is_active = active
    user.save(update_fields=["is_active"])
    end_all_sessions(user)
    detail = {"tokens revoked": revoke_all_tokens(user, now=now)}
    if active:
        detail |= suspend_roles(user, now=now, by=by)
        notify_owner(user, NoticeKind.ENABLED, now=now)
    words = "enable account" if active else "disable account"
    record(words, on=user, now=now, by=by, detail=detail)
