"""Secrets that open a door without a session: only their keyed hash is kept."""

from __future__ import annotations

from django.utils.crypto import salted_hmac


def digest_of(secret: str) -> str:
    """Keyed with the clinic's own key: a stolen dump cannot even be used to try secrets."""
    return salted_hmac("appointments.doors", secret, algorithm="sha256").hexdigest()
