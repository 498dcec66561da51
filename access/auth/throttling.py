"""Guessing passwords is slow: failures are counted by account and address together, and by address
for who tries every account. A whole clinic shares one address, and its waiting room may, too: so a
browser from which an account has signed in before is counted apart (dashboard/known_devices.py), and so
is whoever is signed in already. What a stranger does at the same address stops neither.

The counts are in Redis and may be lost; nothing but a few more guesses depends on them.
"""

from __future__ import annotations

import logging

from django.core.cache import cache

from access.errors import TooManyAttempts
from access.models import User
from vault.encryption import blind_hash

logger = logging.getLogger(__name__)

#: For `known`: somebody is signed in, and only that session can be asked.
SIGNED_IN = "signed-in"
WINDOW_SECONDS = 15 * 60
MOST_FOR_ACCOUNT, MOST_FROM_ADDRESS = 10, 100
MOST_CODES_FOR_ACCOUNT = 30


def refuse_too_many_attempts(*, email: str, address: str | None, known: str = "") -> None:
    """Raises TooManyAttempts, alike for accounts that exist and for those that do not.

    `known` names a browser of this account, or its session: counted by itself.
    """
    limits = zip(_keys(email, address, known), (MOST_FOR_ACCOUNT, MOST_FROM_ADDRESS), strict=False)
    try:
        exceeded = any(cache.get(key, 0) >= most for key, most in limits)
    except Exception:
        # Nobody can treat patients if nobody can sign in: without Redis there is no counting.
        logger.exception("attempts to sign in are not counted")
        return
    if exceeded:
        raise TooManyAttempts


def count_failed_attempt(*, email: str, address: str | None, known: str = "") -> None:
    """One more failure of this account from this address, or from its `known` browser."""
    try:
        for key in _keys(email, address, known):
            cache.add(key, 0, WINDOW_SECONDS)
            cache.incr(key)
    except Exception:
        logger.exception("a failed attempt to sign in is not counted")


def refuse_too_many_codes(*, user: User) -> None:
    """Six digits can be guessed from many addresses at once: wrong codes count for the account, too.

    Only who knows the password comes so far; a passkey still opens the door to its owner.
    """
    try:
        exceeded = cache.get(_codes_key(user), 0) >= MOST_CODES_FOR_ACCOUNT
    except Exception:
        logger.exception("wrong codes are not counted")
        return
    if exceeded:
        raise TooManyAttempts


def count_wrong_code(*, user: User, address: str | None, known: str = "") -> None:
    """One more failure of the account from this address, and one more wrong code of the account."""
    count_failed_attempt(email=user.email, address=address, known=known)
    try:
        cache.add(_codes_key(user), 0, WINDOW_SECONDS)
        cache.incr(_codes_key(user))
    except Exception:
        logger.exception("a wrong code is not counted")


def _codes_key(user: User) -> str:
    return f"wrong-codes:{user.pk}"


def account_of(email: str) -> str:
    """What stands for an account in Redis, in cookies and in the trail: never its e-mail address.

    Under a key: a list of addresses does not tell which of them was meant.
    """
    return blind_hash(email.strip().lower(), column="sign-in").hex()[:32]


def _keys(email: str, address: str | None, known: str) -> tuple[str, ...]:
    account = account_of(email)
    if known:
        return (f"attempts:{account}:{known}",)
    return f"attempts:{account}:{address}", f"attempts-from:{address}"
