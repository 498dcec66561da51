"""Actions on sessions of staff members."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.auth.sessions import remove_sessions
from access.enums import AuditAction, AuditKind
from access.models import (
    StaffSession,
    User,
)
from common.errors import NotFound


@transaction.atomic
def end_session(*, session: StaffSession, now: datetime, by: User) -> None:
    """End one of one's own sessions, possibly on another device.

    Raises NotFound if it is another user's session.
    """
    if session.user_id != by.pk:
        raise NotFound
    record(AuditAction.END_SESSION, on=session, kind=AuditKind.SIGN_IN, now=now, by=by)
    remove_sessions([session])


@transaction.atomic
def sign_out_elsewhere(*, keep: str, now: datetime, by: User) -> int:
    """End all of one's own sessions except the one with the key `keep`; returns how many."""
    others = list(by.staff_sessions.exclude(session_key=keep))
    remove_sessions(others)
    record(AuditAction.SIGN_OUT_ELSEWHERE, on=by, kind=AuditKind.SIGN_IN, now=now, by=by)
    return len(others)
