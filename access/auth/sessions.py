"""Where somebody is signed in: what they see of it, and how each place ends.

A session is a row of Django's; ours only says when and where it began. It is over when Django's row
is gone or out of date, whoever removed it.
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

#: In a session's own data: when it last saw a click, in seconds since 1970 (dashboard/middleware/idle_timeout.py).
LAST_SEEN = "last_seen"
#: In the order in which their names must be looked for: each browser names the older ones, too.
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
    """One line of the list of one's own sessions."""

    row: StaffSession
    seen_at: datetime | None
    is_this: bool


def begin_session(*, session_key: str, user_agent: str, now: datetime, by: User) -> None:
    """Remember that this session is `by`'s; the trail has the sign-in itself."""
    StaffSession.objects.create(
        user=by,
        session_key=session_key,
        began_at=now,
        origin=current_origin(),
        browser=browser_words(user_agent),
    )


def open_sessions(*, user: User, this: str | None, now: datetime) -> list[OpenSession]:
    """Where `user` is signed in at `now`, newest first. `this` is the key of the one that asks."""
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
    """Django gives a session another key when its password or epoch changes: still the same screen."""
    StaffSession.objects.filter(session_key=old_key).update(session_key=new_key)


def remove_sessions(rows: Iterable[StaffSession]) -> None:
    """Django's row first: without it nothing is signed in any more."""
    keys = [row.session_key for row in rows]
    Session.objects.filter(session_key__in=keys).delete()
    StaffSession.objects.filter(session_key__in=keys).delete()


def revoke_all_tokens(user: User, *, now: datetime) -> int:
    """Whoever had to be reset may not be the only one who made tokens; how many ended."""
    return user.api_tokens.filter(revoked_at__isnull=True).update(revoked_at=now)


def end_all_sessions(user: User) -> None:
    """At their next request, wherever they are: Django finds that the session's hash does not fit."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])


def tidy_sessions(*, now: datetime) -> int:
    """Forget what is over anyway; returns how many of Django's rows."""
    gone, _ = Session.objects.filter(expire_date__lte=now).delete()
    alive = Session.objects.values("session_key")
    StaffSession.objects.exclude(session_key__in=alive).delete()
    return gone


def browser_words(user_agent: str) -> str:
    """ "Firefox on Windows": enough to tell one's own screens apart."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for marks, name in SYSTEMS if re.search(marks, user_agent)), "")
    return " on ".join(part for part in (browser or "A browser", system) if part)


def _seen_at(session: Session, now: datetime) -> datetime | None:
    seen = session.get_decoded().get(LAST_SEEN)
    return datetime.fromtimestamp(seen, tz=now.tzinfo) if seen else None
