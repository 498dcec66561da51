"""Sessions of staff members: begin, list, end and clean up.

A session is a row of Django's. Our row only says when and where it began. A session is over when
Django's row is gone or expired, whoever removed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import F

from access.audit.record import current_origin
from access.models import StaffSession, User

#: Session key: time of the last activity, in seconds since 1970
#: (dashboard/middleware/idle_timeout.py).
LAST_SEEN = "last_seen"
#: The order matters: each browser's user agent contains the names of the older ones, too.
BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone|iPad", "iOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class OpenSession:
    """One line in a user's list of their own sessions."""

    row: StaffSession
    seen_at: datetime | None
    is_this: bool


def begin_session(*, session_key: str, user_agent: str, now: datetime, by: User) -> None:
    """Store that this session belongs to `by`; the sign-in itself is in the audit trail."""
    StaffSession.objects.create(
        user=by,
        session_key=session_key,
        began_at=now,
        origin=current_origin(),
        browser=browser_words(user_agent),
    )


def open_sessions(*, user: User, this: str | None, now: datetime) -> list[OpenSession]:
    """List the open sessions of `user`, newest first; `this` is the key of the current one."""
    rows = list(user.staff_sessions.order_by("-began_at", "-id"))
    kept = Session.objects.filter(session_key__in=[row.session_key for row in rows])
    alive = {session.session_key: session for session in kept.filter(expire_date__gt=now)}
    found = []
    for row in rows:
        session = alive.get(row.session_key)
        seen_at = _seen_at(session, now) if session else None
        idle = (
            seen_at is not None and (now - seen_at).total_seconds() > settings.SESSION_IDLE_SECONDS
        )
        if session is not None and not idle:
            found.append(OpenSession(row, seen_at, row.session_key == this))
    return found


def follow_session(*, old_key: str, new_key: str) -> None:
    """Update the key of a session that Django changed with the password or the epoch."""
    StaffSession.objects.filter(session_key=old_key).update(session_key=new_key)


def remove_sessions(rows: Iterable[StaffSession]) -> None:
    """Delete sessions, Django's rows first, because those keep users signed in."""
    keys = [row.session_key for row in rows]
    Session.objects.filter(session_key__in=keys).delete()
    StaffSession.objects.filter(session_key__in=keys).delete()


def revoke_all_tokens(user: User, *, now: datetime) -> int:
    """Revoke all API tokens of `user`; returns how many.

    After a reset, somebody else may have known the password and issued tokens.
    """
    return user.api_tokens.filter(revoked_at__isnull=True).update(revoked_at=now)


def end_all_sessions(user: User) -> None:
    """End all sessions of `user` at their next request: the session hash no longer matches."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])


def tidy_sessions(*, now: datetime) -> int:
    """Delete expired sessions; returns how many of Django's rows."""
    gone, _ = Session.objects.filter(expire_date__lte=now).delete()
    alive = Session.objects.values("session_key")
    StaffSession.objects.exclude(session_key__in=alive).delete()
    return gone


def browser_words(user_agent: str) -> str:
    """Browser and system, such as "Firefox on Windows", to tell one's own sessions apart."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for marks, name in SYSTEMS if re.search(marks, user_agent)), "")
    return " on ".join(part for part in (browser or "A browser", system) if part)


def _seen_at(session: Session, now: datetime) -> datetime | None:
    seen = session.get_decoded().get(LAST_SEEN)
    return datetime.fromtimestamp(seen, tz=now.tzinfo) if seen else None
