"""Browsers from which an account has signed in before: a signed cookie that names the account's hash.

It opens nothing. It keeps a stranger at the clinic's own address, in the waiting room say, from
locking a colleague out by guessing: failures from a known browser are counted by themselves
(access/auth/throttling.py).
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from access.auth.throttling import account_of
from access.models import User

COOKIE = "mainstay_browser"
SALT = "mainstay.known-browser"
SECONDS = 400 * 24 * 3600
#: Colleagues who share a computer; the longest unused goes first.
MOST_ACCOUNTS = 20


def known_browser(request: HttpRequest, email: str) -> str:
    """A name for this browser if the account signed in from it before, else nothing."""
    return _known(request).get(account_of(email), "")


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """From now on this browser is one of the account's."""
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
    """By account; nothing where the cookie is missing, old or not ours."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return {}
    return dict(found) if isinstance(found, dict) else {}
