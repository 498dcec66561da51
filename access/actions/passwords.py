"""The verbs on staff accounts. Each checks the right, changes rows and writes the audit row."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from access.audit.record import record
from access.auth.second_factor import has_factor
from access.auth.sessions import revoke_all_tokens
from access.enums import AuditKind, NoticeKind
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
    """One's own, with the old one. Raises WrongPassword or WeakPassword. Other sessions end."""
    if not by.check_password(old_password):
        raise WrongPassword(field="old_password")
    if old_password == new_password:
        raise WeakPassword("The new password is the old one.", field="new_password")
    _set_password(by, new_password, field="new_password")
    by.must_change_password = False
    by.save(update_fields=["password", "must_change_password"])
    record("change own password", on=by, kind=AuditKind.SIGN_IN, now=now, by=by)


@transaction.atomic
def reset_password(*, user: User, now: datetime, by: User) -> str:
    """A password for one sign-in, shown once; all sessions of `user` end, and `user` hears of it.

    Without a second factor of their own, whoever knows it could be them: their roles wait for a
    second person again.
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
    record("reset password", on=user, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)
    return password


def _set_password(user: User, password: str, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise WeakPassword(" ".join(problem.messages), field=field) from problem
    user.set_password(password)
