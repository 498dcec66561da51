"""The embedded servers start, are shared, stop, and survive every kind of killing."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from clinic.devserver.embedded import Borrowed, ServersUnavailable, borrow_servers, paths
from tests.support import launching

HOLD = """
import sys, time
from pathlib import Path
from clinic.devserver.embedded import borrow_servers
with borrow_servers(Path(sys.argv[1])):
    print("holding", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def state() -> Iterator[Path]:
    with launching.state_folder() as folder:
        yield folder


def sql(servers: Borrowed, statement: str) -> list[tuple[object, ...]]:
    """One statement on a connection of its own, as Django would reach the server."""
    with psycopg.connect(servers.urls["DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def ping(servers: Borrowed) -> bool:
    url = servers.urls["REDIS_URL"].replace("redis+socket", "unix").replace("virtual_host", "db")
    with redis.Redis.from_url(url) as client:
        return bool(client.ping())


def server(state: Path, name: str) -> psutil.Process:
    """The server itself, not its keeper and not its children."""
    found = [process for process in launching.processes_of(state) if process.name() == name]
    ours = {process.pid for process in found}
    return next(process for process in found if process.ppid() not in ours)


def keeper(state: Path, name: str) -> psutil.Process:
    parent = server(state, name).parent()
    assert parent is not None
    return parent


def nothing_left(state: Path) -> bool:
    return launching.eventually(lambda: not launching.processes_of(state))


def hold(state: Path) -> subprocess.Popen[str]:
    """Another process that uses the servers until it is killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state)],
        cwd=launching.REPOSITORY,
        env=launching.environment(state),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holding\n"
    return holder


def kill(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def test_they_answer_while_used_and_are_gone_after(state: Path) -> None:
    with borrow_servers(state) as servers:
        assert sql(servers, "SELECT current_user, current_database()") == [("mainstay", "mainstay")]
        assert ping(servers)
        assert launching.processes_of(state)

    assert launching.processes_of(state) == []


def test_they_listen_on_no_network_address(state: Path) -> None:
    with borrow_servers(state):
        listening = []
        for process in launching.processes_of(state):
            with suppress(psutil.NoSuchProcess):  # one of PostgreSQL's helpers, just ended
                listening += process.net_connections("inet")

        assert listening == []


def test_their_sockets_are_in_a_private_folder(state: Path) -> None:
    with borrow_servers(state) as servers:
        folder = paths.socket_folder(state)

        assert str(folder) in servers.urls["DATABASE_URL"]
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == paths.server_account().uid


def test_the_database_sorts_and_folds_letters_of_every_language(state: Path) -> None:
    with borrow_servers(state, names=["postgres"]) as servers:
        assert sql(servers, "SHOW server_encoding") == [("UTF8",)]
        assert sql(servers, "SELECT lower('ÉŁŻ')") == [("éłż",)]


def test_the_owner_may_add_the_extensions_the_clinic_needs(state: Path) -> None:
    with borrow_servers(state, names=["postgres"]) as servers:
        for name in ("btree_gist", "pg_trgm", "unaccent"):
            sql(servers, f"CREATE EXTENSION {name}")

        assert sql(servers, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [
            (False,)
        ]


def test_two_users_share_them_and_the_last_one_stops_them(state: Path) -> None:
    with borrow_servers(state) as first:
        before = server(state, "postgres").pid
        second = borrow_servers(state)
    try:
        assert second.urls == first.urls
        assert server(state, "postgres").pid == before
        assert sql(second, "SELECT 1") == [(1,)]
    finally:
        second.give_back()

    assert nothing_left(state)


def test_ten_who_come_at_once_get_one_server(state: Path) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(state)],
            cwd=launching.REPOSITORY,
            env=launching.environment(state),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(10)
    ]
    try:
        for holder in holders:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "holding\n"
        names = [process.name() for process in launching.processes_of(state)]
        assert names.count("valkey-server") == 1
    finally:
        for holder in holders:
            kill(holder)

    assert nothing_left(state)


def test_a_killed_user_leaves_nothing_behind_and_the_data_stay(state: Path) -> None:
    holder = hold(state)
    with borrow_servers(state) as servers:
        sql(servers, "CREATE TABLE kept AS SELECT 41 AS number")
    kill(holder)

    assert nothing_left(state)
    with borrow_servers(state) as servers:
        assert sql(servers, "SELECT number FROM kept") == [(41,)]


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_a_killed_keeper_takes_its_server_with_it(state: Path, name: str) -> None:
    with borrow_servers(state) as servers:
        sql(servers, "CREATE TABLE kept AS SELECT 42 AS number")
        keeper(state, name).kill()

        assert launching.eventually(lambda: not servers.keepers_live())
        servers.revive()

        assert sql(servers, "SELECT number FROM kept") == [(42,)]
        assert ping(servers)
    assert nothing_left(state)


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_a_killed_server_is_started_again(state: Path, name: str) -> None:
    with borrow_servers(state) as servers:
        before = server(state, name)
        before.kill()

        def answers_again() -> bool:
            try:
                return (
                    server(state, name).pid != before.pid
                    and ping(servers)
                    and bool(sql(servers, "SELECT 1"))
                )
            except (psycopg.OperationalError, redis.ConnectionError, StopIteration):
                return False

        assert launching.eventually(answers_again)


def test_everything_killed_at_once_and_the_next_start_is_clean(state: Path) -> None:
    holder = hold(state)
    with borrow_servers(state) as servers:
        sql(servers, "CREATE TABLE kept AS SELECT 43 AS number")
        for process in launching.processes_of(state):
            # PostgreSQL's helpers go by themselves as soon as their parent is gone.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        kill(holder)

    with borrow_servers(state) as servers:
        assert sql(servers, "SELECT number FROM kept") == [(43,)]


def test_a_pid_file_that_names_another_program_does_not_matter(state: Path) -> None:
    with borrow_servers(state, names=["postgres"]):
        pid_file = state / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    # As after a reboot: the number in the file now belongs to somebody else, here to this test.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    with borrow_servers(state, names=["postgres"]) as servers:
        assert sql(servers, "SELECT 1") == [(1,)]


def test_an_interrupted_first_start_is_begun_anew(state: Path) -> None:
    half = state / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    with borrow_servers(state, names=["postgres"]) as servers:
        assert sql(servers, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_data_of_another_version_are_refused_in_plain_words(state: Path) -> None:
    folder = paths.private_folder(state / "postgres")
    (folder / "PG_VERSION").write_text("12\n")

    with pytest.raises(ServersUnavailable, match="PostgreSQL 12's"):
        borrow_servers(state, names=["postgres"])
    assert (folder / "PG_VERSION").read_text() == "12\n"


def test_a_deep_folder_is_no_obstacle_to_sockets(state: Path) -> None:
    deep = state.joinpath(*["a-long-name-for-a-folder"] * 6)
    deep.mkdir(parents=True)
    for folder in (deep, *deep.parents[:5]):
        folder.chmod(0o711)

    with borrow_servers(deep) as servers:
        assert sql(servers, "SELECT 1") == [(1,)]
        assert ping(servers)


def test_a_folder_of_somebody_else_is_refused() -> None:
    folder = Path(tempfile.gettempdir(), f"mainstay-foreign-{os.getpid()}")
    if os.geteuid() != 0:
        folder = Path("/usr")
        with pytest.raises(paths.UnsafeFolder):
            paths.private_folder(folder)
        return
    folder.mkdir()
    os.chown(folder, 12_345, 12_345)
    try:
        with pytest.raises(paths.UnsafeFolder):
            paths.private_folder(folder)
    finally:
        folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the servers to another account")
def test_as_root_a_closed_folder_is_not_opened_but_avoided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("MAINSTAY_STATE", str(tmp_path / "var"))

    assert paths.state_folder().parent == paths.SYSTEM_STATE
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_throwaway_servers_leave_no_file(state: Path) -> None:
    with borrow_servers(state, throwaway=True) as servers:
        assert sql(servers, "SHOW fsync") == [("off",)]
        sockets = paths.socket_folder(state)

    assert launching.eventually(lambda: not state.exists())
    assert not sockets.exists()


def test_a_command_brings_its_servers_and_takes_them_away(state: Path) -> None:
    done = launching.manage("shell", "-v0", "-c", DATABASE_AND_CACHE, state=state)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["mainstay", "remembered"]
    assert nothing_left(state)


DATABASE_AND_CACHE = """
from django.core.cache import cache
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_database()")
    print(cursor.fetchone()[0])
cache.set("test", "remembered")
print(cache.get("test"))
"""


def test_a_command_uses_the_servers_the_environment_names(state: Path) -> None:
    with launching.state_folder() as other, borrow_servers(other) as servers:
        done = launching.manage(
            "shell", "-v0", "-c", DATABASE_AND_CACHE, state=state, **servers.urls
        )

    assert done.returncode == 0, done.stderr
    assert not (state / "postgres").exists()
    assert not (state / "valkey").exists()


def test_with_one_address_named_only_the_other_server_starts(state: Path) -> None:
    url = {"DATABASE_URL": os.environ["DATABASE_URL"]}
    done = launching.manage("shell", "-v0", "-c", "print('done')", state=state, **url)

    assert done.returncode == 0, done.stderr
    assert not (state / "postgres").exists()
    assert (state / "valkey").exists()


@pytest.mark.parametrize("command", ["help", "version", "--version"])
def test_a_command_that_reads_no_data_starts_nothing(state: Path, command: str) -> None:
    assert launching.manage(command, state=state).returncode == 0
    assert not (state / "postgres").exists()


def test_celery_understands_the_address(state: Path) -> None:
    from kombu import Connection

    with (
        borrow_servers(state, names=["valkey"]) as servers,
        Connection(servers.urls["REDIS_URL"]) as broker,
    ):
        queue = broker.SimpleQueue("letters")
        queue.put("hello")

        assert queue.get(timeout=5).payload == "hello"
        queue.close()


def test_a_signal_to_the_keeper_is_a_clean_stop(state: Path) -> None:
    with borrow_servers(state) as servers:
        keeper(state, "postgres").send_signal(signal.SIGTERM)

        assert launching.eventually(lambda: not servers.keepers_live())
        assert not (state / "postgres" / "postmaster.pid").exists()
