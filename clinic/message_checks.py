"""System checks of the settings for text messages, links and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from clinic.redis_config import is_sentinel
from common.banned_words import banned_word

#: A relay on this machine may be reached without TLS.
ON_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


def texting(*, by_text: bool) -> Iterator[CheckMessage]:
    """List why texts would not go out, would travel unencrypted or would say too much."""
    if by_text:
        yield from _account()
    if settings.PUBLIC_URL:
        yield from _public_address()
    elif by_text:
        yield CheckWarning(
            "PUBLIC_URL is not set: patients cannot answer texts, and STOP would not reach us.",
            hint="Set it to this clinic's address, such as https://clinic.example.org.",
            id="mainstay.W036",
        )
    word = banned_word(settings.REMINDER_SUBJECT)
    if word:
        yield Error(
            f"REMINDER_SUBJECT says “{word}”, on the screen of whoever reads a patient's mail.",
            hint="Leave it out, or choose words that tell nothing.",
            id="mainstay.E037",
        )


def stores() -> Iterator[CheckMessage]:
    """List what is missing for Redis Sentinels, and refuse Redis Cluster."""
    if is_sentinel(settings.REDIS_URL) and not settings.REDIS_MASTER:
        yield Error(
            "REDIS_URL names Sentinels, and REDIS_MASTER is not set.",
            hint="Set it to the master's name in their configuration, such as mymaster.",
            id="mainstay.E040",
        )
    if settings.REDIS_URL.startswith(("redis+cluster", "rediss+cluster")):
        yield Error(
            "Celery's transport does not speak to a Redis Cluster.",
            hint="Use Sentinels, or a managed Redis with one address (rediss://).",
            id="mainstay.E041",
        )


def _account() -> Iterator[CheckMessage]:
    address = urlsplit(settings.SMS_URL)
    if not (address.hostname and address.username and address.password):
        yield Error(
            "SMS_URL names no account, and reminders go out as texts.",
            hint="Set it to https://ACCOUNT:TOKEN@api.twilio.com, or to a gateway that takes the same.",
            id="mainstay.E033",
        )
    elif address.scheme != "https" and address.hostname not in ON_THIS_MACHINE:
        yield Error(
            "SMS_URL does not begin with https: numbers and texts would travel in the clear.",
            hint="Set it to the gateway's https address.",
            id="mainstay.E034",
        )
    if not settings.SMS_FROM:
        yield Error(
            "SMS_FROM is not set, and reminders go out as texts.",
            hint="Set it to the clinic's number, such as +16175550100, or to a messaging service (MG…).",
            id="mainstay.E035",
        )


def _public_address() -> Iterator[CheckMessage]:
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme != "https" or not address.hostname or address.path or address.query:
        yield Error(
            "PUBLIC_URL is not an https address alone.",
            hint="Set it to such as https://clinic.example.org, without anything behind the name.",
            id="mainstay.E038",
        )
    word = banned_word(settings.PUBLIC_URL)
    if word:
        yield Error(
            f"PUBLIC_URL says “{word}”, and stands in patients' mail.",
            hint="Give this server another name for patients' links.",
            id="mainstay.E039",
        )
