"""What every test may use. The servers and the network guard are in tests/servers.py."""

from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.servers.basehttp import WSGIServer
from django.db import connection
from django.test import Client

from access.models import User
from tests.proving import prove
from tests.world import World, make_world

# How long one example takes depends on the machine; the suite's own time is watched instead.
hypothesis.settings.register_profile("clinic", deadline=None)
hypothesis.settings.load_profile("clinic")


def pytest_configure() -> None:
    """Two things that only a test is right to have otherwise."""
    # Passwords are hashed slowly on purpose; a world of nine colleagues need not wait for it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Django's test server lets ten wait at its door, and the system resets whoever comes eleventh.
    WSGIServer.request_queue_size = 200


#: Tables that cannot be emptied, with the trigger that says so.
NEVER_EMPTIED = {
    "access_auditarchive": "trail_is_not_emptied",
    "access_auditentry": "trail_is_not_emptied",
    "access_auditseal": "trail_is_not_emptied",
    "dispensary_doserecord": "ledger_is_not_emptied",
    "patients_consent": "consent_is_not_emptied",
    "patients_disclosure": "disclosure_is_not_emptied",
    "patients_privacynotice": "notice_is_not_emptied",
    "patients_restrictionrequest": "restriction_is_not_emptied",
    "patients_restrictionend": "restriction_end_is_not_emptied",
    "patients_restrictionwish": "restriction_wish_is_not_emptied",
    "treatments_counsellingnote": "counselling_note_is_not_emptied",
}


@pytest.fixture(scope="session")
def django_db_setup(copied_database: None, django_db_blocker: Any) -> None:
    """Tests that commit are followed by TRUNCATE of every table: here, and only here, it may."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname = ANY(%s)",
            [sorted(set(NEVER_EMPTIED.values()))],
        )
        emptied = cursor.fetchall()
        assert {table for table, _ in emptied} >= set(NEVER_EMPTIED)  # and the trail's months
        for table, trigger in emptied:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def sign_in(client: Client):
    """`sign_in(user)` gives a client with that person's session."""

    def enter(user: User) -> Client:
        client.force_login(user)
        prove(client)
        return client

    return enter
