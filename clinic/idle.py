"""A screen that somebody walked away from closes itself: signed out after a while without a click."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

LAST_SEEN = "last_seen"
#: The session is written at most this often, not at every click.
WRITTEN_EVERY_SECONDS = 60


class SignOutWhenIdle:
    """Asks nothing of who has no session: tokens end on their own day."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            seen = request.session.get(LAST_SEEN, now)
            if now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
                if not request.path.startswith("/api/"):
                    return _to_the_way_in(request)
                # A program gets the API's own refusal, as anybody without a session does.
                return self.get_response(request)
            if LAST_SEEN not in request.session or now - seen > WRITTEN_EVERY_SECONDS:
                request.session[LAST_SEEN] = now
        return self.get_response(request)


def _to_the_way_in(request: HttpRequest) -> HttpResponse:
    minutes = settings.SESSION_IDLE_SECONDS // 60
    messages.info(request, f"You were signed out after {minutes} minutes without a click.")
    # What was typed into a form is gone, but the way back to the page is not.
    back = f"?{urlencode({'next': request.path})}" if request.method == "GET" else ""
    return redirect(f"{settings.LOGIN_URL}{back}")
