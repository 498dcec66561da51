"""The suite's own PostgreSQL and Valkey, and a wall towards the network.

Loaded with `-p tests.servers` before anything reads the settings. The first pytest process starts
the servers, in a folder that is thrown away, on a copy of the migrated database that is kept
between runs (tests/support/stored_database.py); parallel workers find the addresses in their environment. With DATABASE_URL or REDIS_URL set, that server is used instead. The servers are told
by file locks when pytest has ended, so they stop even after SIGKILL.
"""

import os
import shutil
import socket
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from pytest_django import DjangoDbBlocker

from clinic.devserver.embedded import Borrowed, borrow_servers, postgres
from clinic.devserver.embedded.client import missing_servers
from tests.support.stored_database import NotStored, copy, stored

RUN = "MAINSTAY_TEST_RUN"
# The data folder that is kept between runs; empty where a run must migrate for itself, and why.
KEPT, NOT_KEPT = "MAINSTAY_TEST_KEPT", "MAINSTAY_TEST_NOT_KEPT"
WORKER = "PYTEST_XDIST_WORKER"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - compared, never bound
# Any number will do, as long as every process of the suite asks for the same one.
TEMPLATE_LOCK = 7_301_961
# One more than the cores of a small machine: many tests wait for another process.
WORKERS = 3
A_DAY = 24 * 3600

# What this process has borrowed, to be given back at its end.
_borrowed: list[Borrowed] = []
# The run is of the process that began it: its workers, and runs started by a test, are its guests.
_begun: list[str] = []


class NetworkRefused(RuntimeError):
    """A test tried to reach another machine."""


# --- servers ---------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before Django's plugin reads the settings, and with them the two addresses."""
    if WORKER in os.environ:
        _use_own_redis_database()
    elif RUN not in os.environ:
        _start_servers()
    _refuse_the_network()


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Of `-n auto`. A file stays in one process, so a single one is run in this: no other to wait for."""
    files = {argument.partition("::")[0] for argument in config.args}
    return 0 if len(files) == 1 and Path(*files).is_file() else WORKERS


def pytest_report_header() -> str:
    if NOT_KEPT in os.environ:
        return f"migrated database: not kept between runs. {os.environ[NOT_KEPT]}"
    return f"migrated database: {os.environ.get(KEPT, 'of the server at DATABASE_URL')}"


def pytest_unconfigure() -> None:
    """A server of our own goes with everything in it; on another's the template must go."""
    if not _begun:
        return
    if not any("DATABASE_URL" in servers.urls for servers in _borrowed):
        _drop_template()
    for servers in _borrowed:
        servers.give_back()
    shutil.rmtree(migrated_folder(), ignore_errors=True)


def kept_data() -> Path | None:
    """The data folder that is kept between runs; asked for once in a run."""
    if KEPT not in os.environ:
        os.environ[KEPT] = ""
        try:
            os.environ[KEPT] = str(stored())
        except NotStored as problem:
            os.environ[NOT_KEPT] = str(problem)
    return Path(os.environ[KEPT]) if os.environ[KEPT] else None


def migrated_folder() -> Path:
    """Where nothing is kept between runs: where this run keeps the servers' data that clinics started by tests begin with."""
    return Path(tempfile.gettempdir()).resolve() / f"mainstay-migrated-{os.environ[RUN]}"


def _sweep() -> None:
    """What a run that was killed has left."""
    for left in Path(tempfile.gettempdir()).resolve().glob("mainstay-migrated-*"):
        if time.time() - left.stat().st_mtime > A_DAY:
            shutil.rmtree(left, ignore_errors=True)


def _start_servers() -> None:
    _sweep()
    os.environ[RUN] = uuid.uuid4().hex[:8]
    _begun.append(os.environ[RUN])
    names = missing_servers()
    if not names:
        return
    state = Path(tempfile.mkdtemp(prefix="mainstay-test-"))
    kept = kept_data() if "postgres" in names else None
    if kept is not None:
        copy(kept, state / "postgres")
    servers = borrow_servers(state, names=names, throwaway=True)
    _borrowed.append(servers)
    os.environ.update(servers.urls)
    if kept is not None:
        _make_it_the_template(servers.urls["DATABASE_URL"])


def _make_it_the_template(url: str) -> None:
    """The kept database by the template's name, an empty one in its place, and who may copy it."""
    address = urlsplit(url)
    superuser = f"{postgres.SUPERUSER}@{address.netloc.rpartition('@')[2]}"
    url = address._replace(netloc=superuser, path="/postgres").geturl()
    owner, name = sql.Identifier(postgres.OWNER), sql.Identifier(postgres.DATABASE)
    template = sql.Identifier(_template_name())
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(owner))
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, template))
        server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))


def _use_own_redis_database() -> None:
    """gw0 uses database 1, gw1 database 2: a worker's flush must not empty another's cache."""
    number = int(os.environ[WORKER].removeprefix("gw")) + 1
    url = os.environ["REDIS_URL"]
    if "?virtual_host=" in url:
        os.environ["REDIS_URL"] = f"{url.split('?')[0]}?virtual_host={number}"
    else:
        os.environ["REDIS_URL"] = f"{url.rsplit('/', 1)[0]}/{number}"


# --- one migrated database, copied for every worker ------------------------------------------


@pytest.fixture(scope="session")
def copied_database(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Migrating takes seconds and copying a tenth: where none is kept, the first worker migrates; all copy."""
    from django.db import connection

    with django_db_blocker.unblock():
        own = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
        with _maintenance() as server:
            template = _template_database(server)
            _create_database(server, own, template)
        connection.settings_dict["NAME"] = own
    yield
    with django_db_blocker.unblock():
        connection.close()
        with _maintenance() as server:
            _drop_database(server, own)


def _maintenance() -> psycopg.Connection[Any]:
    """A connection to the server beside the database under test."""
    from django.db import connection

    wanted = connection.get_connection_params() | {"dbname": "postgres"}
    allowed = ("dbname", "host", "port", "user", "password", "sslmode")
    return psycopg.connect(autocommit=True, **{k: wanted[k] for k in allowed if k in wanted})


def _template_database(server: psycopg.Connection[Any]) -> str:
    """The name of this run's migrated database; made by whoever comes first."""
    name = _template_name()
    server.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
    try:
        if not server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            _migrate(server, name)
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])
    return name


def _template_name() -> str:
    return f"test_template_{os.environ[RUN]}"


def _migrate(server: psycopg.Connection[Any], name: str) -> None:
    """Under another name until it is whole, so that a failed migration is not copied."""
    from django.core.management import call_command
    from django.db import connection

    unfinished = f"{name}_unfinished"
    _create_database(server, unfinished, "template1")
    connection.close()
    connection.settings_dict["NAME"] = unfinished
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    server.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(unfinished), sql.Identifier(name)
        )
    )


def _drop_template() -> None:
    from django.apps import apps

    if apps.ready:
        with _maintenance() as server:
            _drop_database(server, _template_name())
            _drop_database(server, f"{_template_name()}_unfinished")


def _create_database(server: psycopg.Connection[Any], name: str, template: str) -> None:
    _drop_database(server, name)
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )


def _drop_database(server: psycopg.Connection[Any], name: str) -> None:
    """Our own connections are ended here; the server's autovacuum it ends itself, and only without FORCE."""
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND usename = current_user",
        [name],
    )
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


# --- no network ------------------------------------------------------------------------------


def _refuse_the_network() -> None:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _must_be_local(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _must_be_local(self, address)
        return connect_ex(self, address)

    socket.socket.connect = guarded_connect  # type: ignore[assignment,method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[assignment,method-assign]


def _must_be_local(connection: socket.socket, address: Any) -> None:
    if connection.family == socket.AF_UNIX:
        return
    if not str(address[0]).startswith(LOOPBACK):
        connection.close()
        raise NetworkRefused(f"A test tried to reach {address[0]}. Tests stay on this machine.")
