"""The verbs on staff accounts. Each checks the right, changes rows and writes the audit row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.enums import AuditKind
from access.models import (
    User,
)


@transaction.atomic
def record_sign_in(*, succeeded: bool, shown: str = "password", now: datetime, by: User) -> None:
    """Log-ins are part of the trail; `shown` says by what somebody proved who they are."""
    if succeeded:
        by.last_login = now
        by.save(update_fields=["last_login"])
    action = "sign in" if succeeded else "failed sign-in"
    detail = {"with": shown} if succeeded else {}
    record(action, on=by, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)


@transaction.atomic
def record_unknown_sign_in(*, account: str, now: datetime, by: User) -> None:
    """Somebody tried an e-mail that is no account: `account` stands for it (access/auth/throttling.py).

    Never the address itself: it may be somebody's password, typed into the wrong field.
    """
    detail = {"account": account}
    record("failed sign-in", on=by, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)


@transaction.atomic
def record_sign_out(*, now: datetime, by: User) -> None:
    record("sign out", on=by, kind=AuditKind.SIGN_IN, now=now, by=by)
