"""Secrets that work without a session: only their keyed hash is stored."""

from __future__ import annotations

from django.utils.crypto import salted_hmac


def digest_of(secret: str) -> str:
    """Return the hash, keyed with the clinic's own key, so a stolen dump cannot test guesses."""
    return salted_hmac("appointments.doors", secret, algorithm="sha256").hexdigest()
