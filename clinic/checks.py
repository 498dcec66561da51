"""System checks of a clinic's own server: what is unsafe, and what to set instead.

Run by `manage.py check`, and again when web server, worker and beat start, because none of them
runs Django's checks by itself.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from clinic.demo_mode import demonstration_settings, refuse_wrong_database
from clinic.management.commands.grant_runtime_role import ONLY_ADDED_TO
from clinic.message_checks import stores, texting
from common.banned_words import banned_word
from reminders.enums import Channel
from reminders.gateways import GATEWAYS, NO_GATEWAY

logger = logging.getLogger(__name__)

#: Django's own test for a key that is hard to guess (security.W009).
SHORTEST_SECRET, FEWEST_CHARACTERS = 50, 5
SHORTEST_TRAIL = 6
MUST_BE_SET = ("DATABASE_URL", "REDIS_URL")
#: Gateways of the demonstration and of development; they deliver nothing.
PRETENDING = {"outbox", "console", "null"}
GATEWAY_SETTINGS = {
    "REMINDER_EMAIL_GATEWAY": Channel.EMAIL,
    "REMINDER_SMS_GATEWAY": Channel.SMS,
}


@register(Tags.security)
def installation(**_: Any) -> list[CheckMessage]:
    """List every reason why this installation must not or should not run with its settings."""
    found = [*_mode(), *_renamed_settings(), *_gateways()]
    if settings.DEMONSTRATION:
        found += [*demonstration_settings()]
    else:
        found += [
            *_factors(),
            *_transactions(),
            *_secret(),
            *_seal_keys(),
            *_field_keys(),
            *_open_doors(),
            *_stores(),
            *stores(),
            *_messages(),
        ]
    return found


def refuse_to_start() -> None:
    """Raise ImproperlyConfigured with every error of `installation`, each with its remedy."""
    errors = [one for one in installation() if one.level >= Error("").level]
    if errors:
        reasons = "\n".join(f"- {one.msg} {one.hint}" for one in errors)
        raise ImproperlyConfigured(f"Mainstay does not start with these settings:\n{reasons}")
    refuse_wrong_database()


def refuse_to_run() -> None:
    """Run `refuse_to_start` and check the database account, for web, worker and beat.

    Management commands may run as the owner of the tables.
    """
    refuse_to_start()
    if settings.DEMONSTRATION:
        return
    try:
        open_to_change = tables_it_could_rewrite()
    except DatabaseError:
        logger.warning("whether this account could rewrite the trail could not be asked")
        return
    if open_to_change:
        raise ImproperlyConfigured(
            "Mainstay does not start with a database account that could undo what must stay:"
            f" {', '.join(open_to_change)}.\n- As the owner of the tables run"
            " `manage.py grant_runtime_role NAME`, and let DATABASE_URL of web, worker and beat name"
            " that account."
        )


def tables_it_could_rewrite() -> list[str]:
    """List the append-only tables that this database account owns or may change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s::name[]) AND relkind IN ('r', 'p')"
            " AND (pg_has_role(relowner, 'USAGE')"
            " OR has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE')) ORDER BY relname",
            [list(ONLY_ADDED_TO)],
        )
        return [name for (name,) in cursor.fetchall()]


def _mode() -> Iterator[CheckMessage]:
    if settings.MODE not in settings.MODES:
        yield Error(
            f"MAINSTAY_MODE is {settings.MODE!r}.",
            hint="Set it to demonstration or production.",
            id="mainstay.E001",
        )


def _renamed_settings() -> Iterator[CheckMessage]:
    for old in settings.OLD_SETTINGS_IN_USE:
        yield CheckWarning(
            f"The setting {old} is now called {settings.RENAMED_SETTINGS[old]}.",
            hint="Rename it. The old name works for now.",
            id="mainstay.W042",
        )


def _secret() -> Iterator[CheckMessage]:
    secret = settings.SECRET_KEY
    if secret == settings.INSECURE_SECRET_KEY:
        yield Error(
            "SECRET_KEY is the demonstration's, which everybody knows.",
            hint="Set it to the output of: openssl rand -hex 50",
            id="mainstay.E002",
        )
    elif len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_CHARACTERS:
        yield Error(
            "SECRET_KEY can be guessed.",
            hint="Set it to the output of: openssl rand -hex 50",
            id="mainstay.E003",
        )


def _seal_keys() -> Iterator[CheckMessage]:
    keys = settings.AUDIT_CHAIN_KEYS
    if settings.INSECURE_CHAIN_KEY in keys or not keys or min(map(len, keys)) < SHORTEST_SECRET:
        yield Error(
            "AUDIT_CHAIN_KEYS is not set, or can be guessed: whoever owns the database could forge the trail.",
            hint="Set it to the output of: openssl rand -hex 50. Keep it for as long as the trail.",
            id="mainstay.E014",
        )
    if settings.AUDIT_RETENTION_YEARS < SHORTEST_TRAIL:
        yield CheckWarning(
            f"AUDIT_RETENTION_YEARS is {settings.AUDIT_RETENTION_YEARS}: records of disclosures are kept six years.",
            hint="Set it to 6 or more (45 CFR 164.316(b)(2)), or keep the files as long.",
            id="mainstay.W016",
        )


def _field_keys() -> Iterator[CheckMessage]:
    for name, insecure, number, what in (
        (
            "FIELD_ENCRYPTION_KEYS",
            settings.INSECURE_FIELD_KEY,
            "E021",
            "read every encrypted column",
        ),
        ("BLIND_INDEX_KEYS", settings.INSECURE_BLIND_INDEX_KEY, "E022", "try out phone numbers"),
    ):
        keys = getattr(settings, name)
        if insecure in keys or not keys or min(map(len, keys)) < SHORTEST_SECRET:
            yield Error(
                f"{name} is not set, or can be guessed: whoever holds a copy of the database could {what}.",
                hint="Set it to the output of: openssl rand -hex 50."
                " Keep a copy apart from the database's backups: without it they cannot be read.",
                id=f"mainstay.{number}",
            )
    if set(settings.FIELD_ENCRYPTION_KEYS) & set(settings.BLIND_INDEX_KEYS):
        yield Error(
            "FIELD_ENCRYPTION_KEYS and BLIND_INDEX_KEYS share a key.",
            hint="Make another one for BLIND_INDEX_KEYS: openssl rand -hex 50.",
            id="mainstay.E023",
        )


def _transactions() -> Iterator[CheckMessage]:
    """Refuse ATOMIC_REQUESTS: the response guard skips rows loaded inside transactions."""
    if settings.DATABASES["default"].get("ATOMIC_REQUESTS"):
        yield Error(
            "ATOMIC_REQUESTS is on: what a page loads would not be judged before it leaves.",
            hint="Remove ATOMIC_REQUESTS from DATABASE_URL.",
            id="mainstay.E025",
        )


def _factors() -> Iterator[CheckMessage]:
    if not settings.SECOND_FACTOR_REQUIRED:
        yield Error(
            "SECOND_FACTOR_REQUIRED is off: a stolen password would open patients' records.",
            hint="Remove SECOND_FACTOR_REQUIRED from the environment.",
            id="mainstay.E017",
        )


def _open_doors() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            "DEBUG is on: an error page would show a patient's record.",
            hint="Remove DEBUG from the environment.",
            id="mainstay.E004",
        )
    if "ALLOWED_HOSTS" not in os.environ or not settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is not set.",
            hint="Set it to the clinic's name in the address line, such as clinic.example.org.",
            id="mainstay.E005",
        )
    if any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        yield Error(
            "ALLOWED_HOSTS lets any name in.",
            hint="Name each host in full, with commas between them.",
            id="mainstay.E006",
        )
    if not settings.HTTPS:
        yield Error(
            "MAINSTAY_HTTPS is off: passwords and records would travel in the clear.",
            hint="Remove MAINSTAY_HTTPS from the environment; the proxy in docker-compose.yml does TLS.",
            id="mainstay.E007",
        )


def _stores() -> Iterator[CheckMessage]:
    for name in MUST_BE_SET:
        if not os.environ.get(name):
            yield Error(
                f"{name} is not set.",
                hint="Set it to the address of the clinic's own server (docs/settings.md).",
                id="mainstay.E008",
            )


def _gateways() -> Iterator[CheckMessage]:
    for name, channel in GATEWAY_SETTINGS.items():
        known = GATEWAYS[channel]
        if getattr(settings, name) not in known:
            yield Error(
                f"{name} is {getattr(settings, name)!r}.",
                hint=f"Set it to one of: {', '.join(sorted(known))}.",
                id="mainstay.E009",
            )


def _messages() -> Iterator[CheckMessage]:
    chosen = {name: getattr(settings, name) for name in GATEWAY_SETTINGS}
    for name, gateway in chosen.items():
        if gateway in PRETENDING:
            yield Error(
                f"{name} is {gateway}: reminders would count as sent and reach nobody.",
                hint="Set it to smtp, or to none so that each is listed as not sent.",
                id="mainstay.E010",
            )
    if chosen["REMINDER_EMAIL_GATEWAY"] in {"smtp", "anymail"}:
        yield from _mail(by_smtp=chosen["REMINDER_EMAIL_GATEWAY"] == "smtp")
    yield from texting(by_text=chosen["REMINDER_SMS_GATEWAY"] == "twilio")
    if set(chosen.values()) == {NO_GATEWAY}:
        yield CheckWarning(
            "No reminder will reach anybody: both channels are set to none.",
            hint="Set REMINDER_EMAIL_GATEWAY to smtp.",
            id="mainstay.W013",
        )


def _mail(*, by_smtp: bool) -> Iterator[CheckMessage]:
    word = banned_word(settings.DEFAULT_FROM_EMAIL)
    if word:
        yield Error(
            f"DEFAULT_FROM_EMAIL says “{word}”, on the screen of whoever reads a patient's mail.",
            hint="Set it to a sender that does not name the treatment, such as desk@example.org.",
            id="mainstay.E024",
        )
    if not by_smtp and not settings.ANYMAIL_BACKEND:
        yield Error(
            "ANYMAIL_BACKEND is not set, and reminders go out through a provider.",
            hint="Set it, such as anymail.backends.postmark.EmailBackend, and ANYMAIL to its keys as JSON.",
            id="mainstay.E032",
        )
    if by_smtp and not os.environ.get("EMAIL_URL"):
        yield Error(
            "EMAIL_URL is not set, and reminders go out by e-mail.",
            hint="Set it to the mail server, such as smtp+tls://user:password@mail.example.org:587.",
            id="mainstay.E011",
        )
    if not os.environ.get("DEFAULT_FROM_EMAIL"):
        yield Error(
            "DEFAULT_FROM_EMAIL is not set, and reminders go out by e-mail.",
            hint="Set it to a sender that does not name the treatment, such as desk@example.org.",
            id="mainstay.E012",
        )
