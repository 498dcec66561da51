"""End sessions after some minutes without a click, and after some hours in any case.

The browser covers the page (dashboard/static/dashboard/idle.js), in the dashboard and in the admin,
when nothing was requested for as long. Here the session itself ends, with or without JavaScript. 15
minutes without a click, 12 hours in all: both are settings (NIST SP 800-63B-4, ASVS 7.3).
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

#: Session key: when the session began, in seconds since 1970.
BEGAN = "began"
#: The session is saved at most this often, not at every click.
WRITTEN_EVERY_SECONDS = 60
#: Attribute of a request that came after the timeout: the user who sent the form.
TYPED_BY = "typed_by"


class IdleTimeoutMiddleware:
    """End sessions that are idle or too old. API tokens have an expiry of their own."""

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
            # An API client gets the API's own refusal, as without a session.
            return self.get_response(request)
        if was_idle and isinstance(user, User) and can_resume(request, user):
            setattr(request, TYPED_BY, user)
            return self.get_response(request)
        return _redirect_to_sign_in(request, over)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Carry a late form over to sign-in. Runs after the CSRF check, so the form is our own."""
        user = getattr(request, TYPED_BY, None)
        return ask_again(request, user) if user is not None else resume_post(request)


def _is_too_old(session: SessionBase) -> bool:
    now = int(timezone.now().timestamp())
    return bool(now - session.get(BEGAN, now) > settings.SESSION_COOKIE_AGE)


def _expiry_message(session: SessionBase, now: int) -> str:
    """The message for the user whose session has expired; "" while it is valid."""
    if _is_too_old(session):
        hours = settings.SESSION_COOKIE_AGE // 3600
        return f"You were signed out because a session lasts at most {hours} hours. Sign in again."
    if now - session.get(LAST_SEEN, now) > settings.SESSION_IDLE_SECONDS:
        minutes = settings.SESSION_IDLE_SECONDS // 60
        return f"You were signed out after {minutes} minutes without activity. Sign in again."
    return ""


def _record_activity(session: SessionBase, now: int) -> None:
    """Save the time of the last click. When the session began stays, and ends it in any case."""
    session.setdefault(BEGAN, now)
    if now - session.get(LAST_SEEN, 0) > WRITTEN_EVERY_SECONDS:
        session[LAST_SEEN] = now


def _redirect_to_sign_in(request: HttpRequest, words: str) -> HttpResponse:
    messages.info(request, words)
    # The address of the page is kept; after the maximum session length, what was typed is not.
    back = f"?{urlencode({'next': request.path})}" if request.method == "GET" else ""
    return redirect(f"{settings.LOGIN_URL}{back}")
