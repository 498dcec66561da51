"""State of a session: was a second factor used, and when did the user last authenticate."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from access.actor import Actor
from access.authz.policy import needs_second_factor

#: Session key: a second factor was used or set up in this session.
SHOWN = "second_factor"
#: Session key: when the user last authenticated, in seconds since 1970.
PROVEN = "proven"


def record_reauthentication(session: SessionBase, *, now: datetime) -> None:
    """Store in the session that the user authenticated at `now`."""
    session[PROVEN] = int(now.timestamp())


def mark_second_factor_shown(session: SessionBase) -> None:
    """Store in the session that a second factor was used."""
    session[SHOWN] = True


def is_fresh(session: SessionBase, *, now: datetime) -> bool:
    """Whether the last authentication is at most REAUTH_MINUTES old."""
    age = now.timestamp() - session.get(PROVEN, 0)
    return bool(age <= settings.REAUTH_MINUTES * 60)


def lacks_second_factor(user: Actor, session: SessionBase) -> bool:
    """Whether this session may do nothing yet except set up a second factor.

    This depends on the session, not on the account: a session that began by password alone gains
    nothing when a factor is set up elsewhere.
    """
    return needs_second_factor(user) and not session.get(SHOWN)
