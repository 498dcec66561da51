"""Limits of the demonstration, whose passwords are printed: it must never hold real records.

And the reverse: a clinic's own server refuses a database whose accounts have printed passwords.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from access.models import User
from exchange.demo.clinic import SEEDED_BY

logger = logging.getLogger(__name__)

#: The host name that Django's test client uses.
TEST_HOST = "testserver"
RUNTIME_ACCOUNT = "RUNTIME_DATABASE_PASSWORD"
#: Settings for a clinic's own server only.
PRODUCTION_ONLY = {
    "EMAIL_URL": "the demonstration sends nothing",
    RUNTIME_ACCOUNT: "a clinic's database has one",
}
REMEDY = "Remove it from the environment, or set MAINSTAY_MODE to production."


#: Gateways that deliver messages.
WRITING = frozenset({"smtp", "anymail", "twilio"})


def demonstration_settings() -> Iterator[CheckMessage]:
    """List settings that belong to a real clinic or make the demonstration reachable by others."""
    for name, why in _production_settings():
        yield Error(
            f"{name} is set for a clinic's own server, and this is the demonstration: {why}.",
            hint=REMEDY,
            id="mainstay.E018",
        )


def _production_settings() -> Iterator[tuple[str, str]]:
    if settings.HTTPS:
        yield "MAINSTAY_HTTPS", "it is for this machine only"
    if not all(is_loopback(host) or host == TEST_HOST for host in settings.ALLOWED_HOSTS):
        yield "ALLOWED_HOSTS", "only this machine may reach it"
    if not all(is_loopback(urlsplit(one).hostname) for one in settings.CSRF_TRUSTED_ORIGINS):
        yield "CSRF_TRUSTED_ORIGINS", "only this machine may reach it"
    database = settings.DATABASES["default"]
    hosts = (database.get("HOST"), database.get("OPTIONS", {}).get("host"))
    if not all(is_loopback(host) for host in hosts):
        yield "DATABASE_URL", "its database lies on another machine"
    if not is_loopback(urlsplit(settings.REDIS_URL).hostname):
        yield "REDIS_URL", "its server is another machine"
    yield from ((name, "it would write to people") for name in _writing())
    yield from ((name, why) for name, why in PRODUCTION_ONLY.items() if os.environ.get(name))


def _writing() -> Iterator[str]:
    """Name the settings by which messages would reach people."""
    for name in ("REMINDER_EMAIL_GATEWAY", "REMINDER_SMS_GATEWAY"):
        if getattr(settings, name) in WRITING:
            yield name
    if settings.STAFF_MAIL:
        yield "STAFF_MAIL"


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine: a name, an address, a socket folder, or nothing."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_wrong_database() -> None:
    """Raise ImproperlyConfigured where mode and database do not belong together.

    Seeding leaves a service account behind, before the first invented patient. A database that
    does not answer is left to the pages that say so: nobody signs in without one.
    """
    try:
        if not holds_anything():
            return
        seeded = User.objects.filter(email=SEEDED_BY).exists()
    except DatabaseError:
        logger.warning("whether the database belongs to this mode could not be asked")
        return
    if settings.DEMONSTRATION and not seeded:
        raise ImproperlyConfigured(
            "The demonstration does not open this database: it did not fill it, and signs in by"
            " printed passwords.\n- Set MAINSTAY_MODE to production for a clinic's own records, or"
            " give the demonstration an empty database (DATABASE_URL, MAINSTAY_STATE)."
        )
    if seeded and not settings.DEMONSTRATION:
        raise ImproperlyConfigured(
            "This database was filled by the demonstration: its accounts have printed passwords."
            "\n- Set DATABASE_URL to an empty database of the clinic's own."
        )


def holds_anything() -> bool:
    """Whether the database has any account; without one it holds no records."""
    with connection.cursor() as cursor:
        if User._meta.db_table not in connection.introspection.table_names(cursor):
            return False
    return User.objects.exists()
