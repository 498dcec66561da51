"""What a session has proven: a second factor at its beginning, and lately that it is still the same person."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from access.actor import Actor
from access.authz.policy import needs_second_factor

#: In a session's own data: a second factor was shown, or set up, in it.
SHOWN = "second_factor"
#: When the person last proved who they are, in seconds since 1970.
PROVEN = "proven"


def record_reauthentication(session: SessionBase, *, now: datetime) -> None:
    session[PROVEN] = int(now.timestamp())


def mark_second_factor_shown(session: SessionBase) -> None:
    session[SHOWN] = True


def is_fresh(session: SessionBase, *, now: datetime) -> bool:
    """Whether the last proof is younger than REAUTH_MINUTES."""
    age = now.timestamp() - session.get(PROVEN, 0)
    return bool(age <= settings.REAUTH_MINUTES * 60)


def lacks_second_factor(user: Actor, session: SessionBase) -> bool:
    """Whether this session opens nothing yet but setting up a second factor.

    Asked of the session and not of the account: one that began by password alone gains nothing
    when a factor is set up elsewhere.
    """
    return needs_second_factor(user) and not session.get(SHOWN)
