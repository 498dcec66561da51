"""Actions that write sign-ins and sign-outs to the audit trail."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.enums import AuditAction, AuditKind
from access.models import (
    User,
)


@transaction.atomic
def record_sign_in(*, succeeded: bool, shown: str = "password", now: datetime, by: User) -> None:
    """Record a sign-in or a failed one; `shown` is the method of authentication."""
    if succeeded:
        by.last_login = now
        by.save(update_fields=["last_login"])
    action = AuditAction.SIGN_IN if succeeded else AuditAction.FAIL_SIGN_IN
    detail = {"with": shown} if succeeded else {}
    record(action, on=by, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)


@transaction.atomic
def record_unknown_sign_in(*, account: str, now: datetime, by: User) -> None:
    """Record an attempt to sign in with an e-mail address that belongs to no account.

    `account` is a keyed hash (access/auth/login_throttle.py). The address itself is never stored,
    because it may be a password that was typed into the wrong field.
    """
    detail = {"account": account}
    record(AuditAction.FAIL_SIGN_IN, on=by, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)


@transaction.atomic
def record_sign_out(*, now: datetime, by: User) -> None:
    """Record that `by` signed out."""
    record(AuditAction.SIGN_OUT, on=by, kind=AuditKind.SIGN_IN, now=now, by=by)
