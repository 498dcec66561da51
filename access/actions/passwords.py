"""Actions on passwords of staff accounts.

Each action changes rows and writes the audit entry in one transaction.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from access.audit.record import record
from access.auth.second_factor import has_factor
from access.auth.sessions import revoke_all_tokens
from access.enums import AuditAction, AuditKind, NoticeKind
from access.errors import (
    WeakPassword,
    WrongPassword,
)
from access.models import (
    User,
)
from access.role_approval import notify_owner, suspend_roles
from access.staff_scope import require_over


@transaction.atomic
def change_own_password(*, old_password: str, new_password: str, now: datetime, by: User) -> None:
    """Change one's own password, which requires the old one, and end one's other sessions.

    Raises WrongPassword or WeakPassword.
    """
    if not by.check_password(old_password):
        raise WrongPassword(field="old_password")
    if old_password == new_password:
        raise WeakPassword("The new password is the same as the old one.", field="new_password")
    _set_password(by, new_password, field="new_password")
    by.must_change_password = False
    by.save(update_fields=["password", "must_change_password"])
    record(AuditAction.CHANGE_OWN_PASSWORD, on=by, kind=AuditKind.SIGN_IN, now=now, by=by)


@transaction.atomic
def reset_password(*, user: User, now: datetime, by: User) -> str:
    """Set a password for one sign-in, end all sessions and tokens of `user`, and notify `user`.

    The password is returned once. If the account has no second factor, anyone who knows this
    password could use it, so its roles wait for a second person again. Raises NotPermitted or
    OwnAccessUnchanged.
    """
    require_over(user, by)
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    detail = {"tokens revoked": revoke_all_tokens(user, now=now)}
    if not has_factor(user):
        detail |= suspend_roles(user, now=now, by=by)
    notify_owner(user, NoticeKind.PASSWORD_RESET, now=now)
    record(
        AuditAction.RESET_PASSWORD, on=user, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail
    )
    return password


def _set_password(user: User, password: str, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise WeakPassword(" ".join(problem.messages), field=field) from problem
    user.set_password(password)
