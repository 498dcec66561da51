"""The supervisor: a small process that runs one server for as long as it has users.

A user of the server holds a shared lock on `<name>.users`. The supervisor holds `<name>.keeper`
exclusively, so there is one per server, and it stops the server when it can lock `<name>.users`
exclusively, that is, when no user is left. A killed user releases its lock; a killed supervisor
takes its server with it. Nothing has to be counted or cleaned up by hand.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import file_locks, paths, processes
from .postgres import Postgres
from .server import Server, ServerFailed
from .valkey import Valkey

SERVERS: dict[str, type[Postgres] | type[Valkey]] = {
    "postgres": Postgres,
    "valkey": Valkey,
}
PAUSE = 0.1
START_SECONDS = 60
RESTARTS_PER_MINUTE = 5


class Asked(Exception):
    """The supervisor got a signal to stop."""


def main() -> int:
    options = _options()
    state = Path(options.state)
    keeper_lock = file_locks.open_lock(state / "locks" / f"{options.server}.keeper")
    if not file_locks.wait_alone(keeper_lock, seconds=2):
        return 0  # another supervisor was faster
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, _stop_asked)
    try:
        _keep(options.server, state, throwaway=options.throwaway)
    except (ServerFailed, paths.UnsafeFolder) as failure:
        _publish(state, options.server, {"failure": str(failure)})
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Keep an embedded server while it is used.")
    parser.add_argument("server", choices=sorted(SERVERS))
    parser.add_argument("--state", required=True)
    parser.add_argument("--throwaway", action="store_true")
    return parser.parse_args()


def _stop_asked(_number: int, _frame: object) -> None:
    raise Asked


def _keep(name: str, state: Path, *, throwaway: bool) -> None:
    server = SERVERS[name](state, throwaway=throwaway)
    users = file_locks.open_lock(state / "locks" / f"{name}.users")
    process = None
    try:
        process = _start(server)
        _publish(state, name, {"url": server.url})
        process = _watch(server, process, users)
    except Asked:
        pass
    finally:
        _published(state, name).unlink(missing_ok=True)
        if process is not None:
            _ignore_signals()
            server.stop(process)
    if throwaway:
        _throw_away(state, name)


def _start(server: Server) -> subprocess.Popen[bytes]:
    server.prepare()
    process = server.start()

    def settled() -> bool:
        return process.poll() is not None or server.answers()

    if not processes.wait_until(settled, seconds=START_SECONDS) or process.poll() is not None:
        processes.end(process, signal.SIGQUIT, patience=2)
        raise ServerFailed(
            f"It did not start. {server.log} ends:\n{processes.last_lines(server.log)}"
        )
    return process


def _watch(server: Server, process: subprocess.Popen[bytes], users: int) -> subprocess.Popen[bytes]:
    """Wait until no user is left. Restart a server that failed, a limited number of times."""
    starts: list[float] = []
    while not file_locks.try_alone(users):
        time.sleep(PAUSE)
        if process.poll() is None:
            continue
        starts = [moment for moment in starts if moment > time.monotonic() - 60]
        starts.append(time.monotonic())
        if len(starts) > RESTARTS_PER_MINUTE:
            raise ServerFailed(f"It keeps dying: {processes.last_lines(server.log)}")
        process = _start(server)
    return process


def _ignore_signals() -> None:
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, signal.SIG_IGN)


def _throw_away(state: Path, name: str) -> None:
    """Remove this server's data; the last server's supervisor removes the folder."""
    shutil.rmtree(state / name, ignore_errors=True)
    if not any((state / other).exists() for other in SERVERS):
        shutil.rmtree(paths.socket_folder(state), ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


def _published(state: Path, name: str) -> Path:
    return state / "locks" / f"{name}.json"


def _publish(state: Path, name: str, facts: dict[str, str]) -> None:
    """Readers see the whole file or none."""
    beside = _published(state, name).with_suffix(".new")
    beside.write_text(json.dumps(facts | {"keeper": os.getpid()}))
    beside.rename(_published(state, name))
