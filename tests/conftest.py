"""What every test may use. The servers and the network guard are in tests/support/servers.py."""

from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.servers.basehttp import WSGIServer
from django.db import connection
from django.test import Client

from access.models import User
from tests.support.auth import prove
from tests.support.scheduling import ByPiece, longest_first, starts_something
from tests.support.truncate import let_tables_be_emptied
from tests.support.world import World, make_world

# How long one example takes depends on the machine; the suite's own time is watched instead.
hypothesis.settings.register_profile("clinic", deadline=None)
hypothesis.settings.load_profile("clinic")


def pytest_configure() -> None:
    """Three things that only a test is right to have otherwise."""
    # Passwords are hashed slowly on purpose; a world of nine colleagues need not wait for it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each client has a handler of its own, which would look through every static file anew.
    settings.WHITENOISE_USE_FINDERS = False
    # Django's test server lets ten wait at its door, and the system resets whoever comes eleventh.
    WSGIServer.request_queue_size = 200


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Any:
    """`launched`: before `-m` chooses by it. Their order: after pytest-django has set its own."""
    for item in items:
        if starts_something(item):
            item.add_marker("launched")
    chosen = yield
    if hasattr(config, "workerinput"):
        longest_first(items)
    return chosen


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPiece | None:
    """In the place of `--dist loadfile` (tests/support/scheduling.py)."""
    return ByPiece(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def django_db_setup(copied_database: None, django_db_blocker: Any) -> None:
    """Tests that commit are followed by TRUNCATE of every table: here, and only here, it may."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        let_tables_be_emptied(cursor)


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
