"""A screen that somebody walked away from closes itself, and no session lasts longer than a day's work.

What is on the glass is covered by the browser (dashboard/static/dashboard/idle.js), on our pages and in
the admin, when nothing was asked of the server for as long; here the session itself ends, script or not.
15 minutes without a click, 12 hours in all: both are settings (NIST SP 800-63B-4, ASVS 7.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from access.auth.sessions import LAST_SEEN
from access.models import User
from dashboard.middleware.resume_post import ask_again, can_resume, resume_post

#: In a session's own data: when it began, in seconds since 1970.
BEGAN = "began"
#: The session is written at most this often, not at every click.
WRITTEN_EVERY_SECONDS = 60
#: On a request that came too late: whose form it is.
TYPED_BY = "typed_by"


class IdleTimeoutMiddleware:
    """Asks nothing of who has no session: tokens end on their own day."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            over = _expiry_message(request.session, now)
            if over:
                return self._close(request, over)
            _record_activity(request.session, now)
        return self.get_response(request)

    def _close(self, request: HttpRequest, over: str) -> HttpResponse:
        user, was_idle = request.user, not _is_too_old(request.session)
        logout(request)
        if request.path.startswith("/api/"):
            # A program gets the API's own refusal, as anybody without a session does.
            return self.get_response(request)
        if was_idle and isinstance(user, User) and can_resume(request, user):
            setattr(request, TYPED_BY, user)
            return self.get_response(request)
        return _redirect_to_sign_in(request, over)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """What was typed is carried from here, behind the check that the form was our own."""
        user = getattr(request, TYPED_BY, None)
        return ask_again(request, user) if user is not None else resume_post(request)


def _is_too_old(session: SessionBase) -> bool:
    now = int(timezone.now().timestamp())
    return bool(now - session.get(BEGAN, now) > settings.SESSION_COOKIE_AGE)


def _expiry_message(session: SessionBase, now: int) -> str:
    """In words for the person; empty while the session is good."""
    if _is_too_old(session):
        hours = settings.SESSION_COOKIE_AGE // 3600
        return f"You were signed out: after {hours} hours everybody signs in anew."
    if now - session.get(LAST_SEEN, now) > settings.SESSION_IDLE_SECONDS:
        minutes = settings.SESSION_IDLE_SECONDS // 60
        return f"You were signed out after {minutes} minutes without a click."
    return ""


def _record_activity(session: SessionBase, now: int) -> None:
    """Clicks move the session's end in the database; when it began stays, and ends it all the same."""
    session.setdefault(BEGAN, now)
    if now - session.get(LAST_SEEN, 0) > WRITTEN_EVERY_SECONDS:
        session[LAST_SEEN] = now


def _redirect_to_sign_in(request: HttpRequest, words: str) -> HttpResponse:
    messages.info(request, words)
    # The way back to the page is kept; after a whole day's work what was typed is not.
    back = f"?{urlencode({'next': request.path})}" if request.method == "GET" else ""
    return redirect(f"{settings.LOGIN_URL}{back}")
