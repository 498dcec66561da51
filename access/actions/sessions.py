"""The verbs on staff accounts. Each checks the right, changes rows and writes the audit row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.auth.sessions import remove_sessions
from access.enums import AuditKind
from access.models import (
    StaffSession,
    User,
)
from common.errors import NotFound


@transaction.atomic
def end_session(*, session: StaffSession, now: datetime, by: User) -> None:
    """One of one's own, at another screen perhaps."""
    if session.user_id != by.pk:
        raise NotFound
    record("end session", on=session, kind=AuditKind.SIGN_IN, now=now, by=by)
    remove_sessions([session])


@transaction.atomic
def sign_out_elsewhere(*, keep: str, now: datetime, by: User) -> int:
    """All of one's own sessions but the one with the key `keep`; returns how many."""
    others = list(by.staff_sessions.exclude(session_key=keep))
    remove_sessions(others)
    record("sign out elsewhere", on=by, kind=AuditKind.SIGN_IN, now=now, by=by)
    return len(others)
