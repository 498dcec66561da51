"""`make run`: one command, everything up; one signal, everything down."""

import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from clinic.devserver.embedded import borrow_servers
from tests.support import launching
from tests.support.launching import Launched


@pytest.fixture(scope="module")
def clinic() -> Iterator[Launched]:
    with launching.state_folder() as state:
        launched = Launched(state, launching.free_port())
        try:
            launched.wait_until_ready()
            yield launched
        finally:
            launched.stop()


@pytest.fixture
def state() -> Iterator[Path]:
    with launching.state_folder() as folder:
        yield folder


@pytest.fixture
def migrated() -> Iterator[Path]:
    with launching.migrated_state_folder() as folder:
        yield folder


def healthy(port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        return bool(answer.status == 200)


def test_it_answers_and_says_where_and_who(clinic: Launched) -> None:
    assert healthy(clinic.port)
    assert f"http://127.0.0.1:{clinic.port}/" in clinic.text()
    assert "@" in clinic.text().partition("is ready")[2]
    assert "ERROR" not in clinic.text(), "a stranger would think that something is wrong"


def test_web_worker_and_beat_run(clinic: Launched) -> None:
    assert clinic.part("granian", "clinic.wsgi:application")
    assert clinic.part("celery", "worker")
    assert clinic.part("celery", "beat")


def test_a_second_one_in_the_same_folder_is_refused(clinic: Launched) -> None:
    second = launching.manage("run", state=clinic.state, PORT=str(launching.free_port()))

    assert second.returncode != 0
    assert "already running" in second.stderr
    assert f"127.0.0.1:{clinic.port}" in second.stderr
    assert healthy(clinic.port)


def test_a_command_beside_it_uses_its_database(clinic: Launched) -> None:
    done = launching.manage("showmigrations", "--plan", state=clinic.state)

    assert done.returncode == 0, done.stderr
    assert "[X]" in done.stdout
    assert "[ ]" not in done.stdout
    assert healthy(clinic.port)


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_part_that_dies_is_named_and_started_again(clinic: Launched, name: str) -> None:
    before = clinic.part("celery", name)
    assert before is not None
    before.kill()

    def another_runs() -> bool:
        now = clinic.part("celery", name)
        return now is not None and now.pid != before.pid

    assert launching.eventually(another_runs)
    assert f"[{name}] ended with -9" in clinic.text()
    assert healthy(clinic.port)


def test_a_taken_port_is_named_before_anything_starts(state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = launching.manage("run", state=state, PORT=str(port))

    assert done.returncode != 0
    assert f"Port {port}" in done.stderr
    assert "make run PORT=" in done.stderr
    assert not (state / "postgres").exists()


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_named(state: Path, port: str) -> None:
    done = launching.manage("run", state=state, PORT=port)

    assert done.returncode != 0
    assert f"PORT={port}" in done.stderr


def test_a_killed_run_leaves_nothing_and_starts_again_and_stops(migrated: Path) -> None:
    first = Launched(migrated, launching.free_port())
    first.wait_until_ready()
    first.stop(signal.SIGKILL)

    gone = launching.eventually(lambda: not launching.processes_of(migrated), seconds=30)
    assert gone, [process.cmdline() for process in launching.processes_of(migrated)]

    second = Launched(migrated, first.port)
    second.wait_until_ready()
    assert healthy(second.port)
    assert second.stop(signal.SIGTERM) == 0
    assert launching.processes_of(migrated) == []


def test_parts_that_outlive_everybody_are_ended_by_the_next_run(migrated: Path) -> None:
    first = Launched(migrated, launching.free_port())
    first.wait_until_ready()
    web = first.part("granian", "clinic.wsgi:application")
    assert web is not None
    # Everything but the web server's own children.
    spared = {child.pid for child in web.children()}
    for process in launching.processes_of(migrated):
        if process.pid not in spared:
            with suppress(psutil.NoSuchProcess):  # it went with one that was ended before it
                process.kill()
    first.stop(signal.SIGKILL)

    second = Launched(migrated, first.port)
    second.wait_until_ready()
    assert second.stop(signal.SIGINT) == 0
    assert launching.processes_of(migrated) == []


def test_with_the_addresses_set_it_starts_no_server(state: Path) -> None:
    with launching.migrated_state_folder() as elsewhere, borrow_servers(elsewhere) as servers:
        launched = Launched(state, launching.free_port(), **servers.urls)
        try:
            launched.wait_until_ready()
            names = {process.name() for process in launching.processes_of(state)}
        finally:
            launched.stop()

    assert not names & {"postgres", "valkey-server"}
    assert not (state / "postgres").exists()
