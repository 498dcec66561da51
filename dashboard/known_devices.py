"""Remember in a signed cookie from which browsers an account has signed in before.

The cookie names the account's hash and grants no access. Failures from a known browser are counted
separately (access/auth/login_throttle.py). So somebody else at the clinic's own address, in the waiting
room for example, cannot lock a staff member out by guessing.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from access.auth.login_throttle import account_of
from access.models import User

COOKIE = "mainstay_browser"
SALT = "mainstay.known-browser"
SECONDS = 400 * 24 * 3600
#: Most accounts remembered on a shared computer; the one unused for longest is dropped first.
MOST_ACCOUNTS = 20


def known_browser(request: HttpRequest, email: str) -> str:
    """An id of this browser if the account signed in from it before, else ""."""
    return _known(request).get(account_of(email), "")


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Add this browser to the account's known browsers."""
    known = _known(request)
    account = account_of(user.email)
    name = known.pop(account, "") or secrets.token_hex(8)
    kept = dict(list({**known, account: name}.items())[-MOST_ACCOUNTS:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT, compress=True),
        max_age=SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    """Browser ids by account; empty if the cookie is missing, expired or not signed by us."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return {}
    return dict(found) if isinstance(found, dict) else {}
