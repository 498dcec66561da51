"""Actions on staff accounts.

Each action checks the permission, changes rows and writes the audit entry in one transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX as NO_PASSWORD
from django.db import IntegrityError, transaction

from access.actions.passwords import _set_password
from access.audit.record import record
from access.auth.sessions import end_all_sessions, revoke_all_tokens
from access.authz.policy import require_permission
from access.enums import AuditAction, NoticeKind, Permission
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
    """Get or create the named account that background work acts as.

    It has no usable password and no roles.
    """
    user, _ = User.objects.get_or_create(
        email=f"{name}@{SERVICE_DOMAIN}",
        defaults={"name": name, "is_service": True, "created_at": now, "password": NO_PASSWORD},
    )
    return user


def create_staff_account(*, email: str, name: str, password: str, now: datetime, by: User) -> User:
    """Create an account without any role.

    The administrator who creates the account knows its password, so the owner must choose another
    one at the first sign-in. Raises NotPermitted, InvalidInput, WeakPassword or AccountExists.
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
            record(AuditAction.CREATE_STAFF_ACCOUNT, on=user, now=now, by=by)
    except IntegrityError as problem:
        raise AccountExists(field="email") from problem
    return user


@transaction.atomic
def set_account_active(*, user: User, active: bool, now: datetime, by: User) -> None:
    """Enable or disable signing in for `user`, and end all sessions and tokens of the account.

    After enabling, all roles of the account wait for a second person again, because that person
    must confirm who uses the account, and the owner gets an e-mail. Disabling only takes access
    away, so a user who manages staff at one of the account's sites may do it. Raises NotPermitted
    or OwnAccessUnchanged.
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
    words = AuditAction.ENABLE_ACCOUNT if active else AuditAction.DISABLE_ACCOUNT
    record(words, on=user, now=now, by=by, detail=detail)
