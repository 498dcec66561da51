"""Throttling of sign-in attempts against guessed passwords.

Failures are counted for each pair of account and address, and for each address across all accounts.
A whole clinic shares one address, possibly with its waiting room. Therefore a browser from which an
account has signed in before is counted separately (dashboard/known_devices.py), and so is a user
who is signed in already: attempts of a stranger at the same address block neither.

The counts are in Redis and may be lost; that only allows a few more guesses.
"""

from __future__ import annotations

import logging

from django.core.cache import cache

from access.errors import TooManyAttempts
from access.models import User
from vault.encryption import blind_hash

logger = logging.getLogger(__name__)

#: Value of `known` for a user who is signed in.
SIGNED_IN = "signed-in"
WINDOW_SECONDS = 15 * 60
MOST_FOR_ACCOUNT, MOST_FROM_ADDRESS = 10, 100
MOST_CODES_FOR_ACCOUNT = 30


def refuse_too_many_attempts(*, email: str, address: str | None, known: str = "") -> None:
    """Raise TooManyAttempts after too many failures, whether the account exists or not.

    `known` names a browser or a session of this account, which has its own count.
    """
    limits = zip(_keys(email, address, known), (MOST_FOR_ACCOUNT, MOST_FROM_ADDRESS), strict=False)
    try:
        exceeded = any(cache.get(key, 0) >= most for key, most in limits)
    except Exception:
        # If Redis fails, attempts are not counted: staff must still sign in to treat patients.
        logger.exception("attempts to sign in are not counted")
        return
    if exceeded:
        raise TooManyAttempts


def count_failed_attempt(*, email: str, address: str | None, known: str = "") -> None:
    """Count a failure of this account from this address, or from its `known` browser."""
    try:
        for key in _keys(email, address, known):
            cache.add(key, 0, WINDOW_SECONDS)
            cache.incr(key)
    except Exception:
        logger.exception("a failed attempt to sign in is not counted")


def refuse_too_many_codes(*, user: User) -> None:
    """Raise TooManyAttempts after too many wrong codes of one account, from any address.

    Six digits could be guessed from many addresses at once. Only somebody who knows the password
    can try codes, and the owner can still sign in with a passkey.
    """
    try:
        exceeded = cache.get(_codes_key(user), 0) >= MOST_CODES_FOR_ACCOUNT
    except Exception:
        logger.exception("wrong codes are not counted")
        return
    if exceeded:
        raise TooManyAttempts


def count_wrong_code(*, user: User, address: str | None, known: str = "") -> None:
    """Count a failure of the account from this address, and a wrong code of the account."""
    count_failed_attempt(email=user.email, address=address, known=known)
    try:
        cache.add(_codes_key(user), 0, WINDOW_SECONDS)
        cache.incr(_codes_key(user))
    except Exception:
        logger.exception("a wrong code is not counted")


def _codes_key(user: User) -> str:
    return f"wrong-codes:{user.pk}"


def account_of(email: str) -> str:
    """Return the keyed hash that stands for an e-mail address in Redis, cookies and audit trail.

    Because it needs a key, a list of addresses does not reveal which of them was used.
    """
    return blind_hash(email.strip().lower(), column="sign-in").hex()[:32]


def _keys(email: str, address: str | None, known: str) -> tuple[str, ...]:
    account = account_of(email)
    if known:
        return (f"attempts:{account}:{known}",)
    return f"attempts:{account}:{address}", f"attempts-from:{address}"
