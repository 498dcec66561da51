"""`make run`: start servers, migrate, load demonstration data, run web, worker and beat.

This process has no Django: it starts the parts as children, watches them and stops them.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Container
from pathlib import Path

from clinic.devserver.embedded import (
    Borrowed,
    ServersUnavailable,
    borrow_servers,
    file_locks,
    paths,
    processes,
)
from clinic.devserver.embedded.client import missing_servers
from clinic.devserver.orphans import MARK, end_orphans
from clinic.devserver.processes import Part, parts_of_the_clinic

HOST = "127.0.0.1"
READY_SECONDS = 60
HANDS_SECONDS = 15
PAUSE = 0.2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotRun(Exception):
    """A reason not to start, worded for the person at the terminal."""


class Stopped(Exception):
    """Ctrl-C, SIGTERM, or the `make` above is gone."""


class GaveUp(Exception):
    """The web server keeps failing."""


def main() -> int:
    for wish in STOP_SIGNALS:
        # Under nohup SIGHUP is ignored, and stays so.
        if wish != signal.SIGHUP or signal.getsignal(wish) != signal.SIG_IGN:
            signal.signal(wish, _stop)
    try:
        _run(paths.state_folder())
    except Stopped:
        say("Stopped. The data are kept; `make run` starts again.")
        return 0
    except (CannotRun, GaveUp, ServersUnavailable) as reason:
        print(f"\n{reason}", file=sys.stderr, flush=True)
        return 1
    return 0


def say(line: str) -> None:
    print(line, flush=True)


def _stop(_number: int, _frame: object) -> None:
    # A second Ctrl-C must not interrupt the stopping itself.
    for wish in STOP_SIGNALS:
        signal.signal(wish, signal.SIG_IGN)
    raise Stopped


def _run(state: Path) -> None:
    port = _port()
    paths.prepare_state(state)
    run_lock = _be_the_only_one(state, port)
    try:
        end_orphans(state)
        _port_must_be_free(port)
        with borrow_servers(state, names=missing_servers(), say=say) as servers:
            os.environ.update(servers.urls)
            os.environ[MARK] = str(state)
            _run_parts(state, port, servers)
    finally:
        file_locks.let_go(run_lock)


def _port() -> int:
    wanted = os.environ.get("PORT") or "8000"
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise CannotRun(f"PORT={wanted} is not a port number. Try: make run PORT=8001")
    return int(wanted)


def _be_the_only_one(state: Path, port: int) -> int:
    path = state / "locks" / "run"
    lock = file_locks.open_lock(path)
    if not file_locks.try_alone(lock):
        other = path.read_text().strip() or "another process"
        raise CannotRun(f"Mainstay is already running from this folder: {other}. Stop it first.")
    os.ftruncate(lock, 0)
    os.write(lock, f"process {os.getpid()}, http://{HOST}:{port}/".encode())
    return lock


def _port_must_be_free(port: int) -> None:
    with socket.socket() as probe:
        # A port whose last connections are still closing is free; one with a listener is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            raise CannotRun(
                f"Port {port} cannot be used ({problem.strerror})."
                f" Choose another: make run PORT={port + 1 if port < 65535 else 8000}"
            ) from problem


def _run_parts(state: Path, port: int, servers: Borrowed) -> None:
    say("Preparing the database ...")
    log_ins = _prepare()
    parts = parts_of_the_clinic(state, HOST, port)
    try:
        for part in parts:
            part.start()
        _wait_until_ready(parts, port)
        say(f"\nMainstay is ready: http://{HOST}:{port}/   (Ctrl-C stops it)")
        say(f"Data and logs: {state}\n\n{log_ins}")
        _watch(parts, servers)
    finally:
        _end(parts)


def _prepare() -> str:
    """Migrate and load data in one process, because each start costs a second.

    Returns the log-ins.
    """
    preparing = subprocess.Popen(
        [sys.executable, "-m", "clinic.devserver.prepare_database"],
        cwd=paths.REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread only
    )
    try:
        log_ins, _nothing = preparing.communicate()
    except Stopped:
        preparing.terminate()
        preparing.wait()
        raise
    if preparing.returncode:
        raise CannotRun("The database could not be prepared; the reason is above.")
    return log_ins


def _wait_until_ready(parts: list[Part], port: int) -> None:
    web = parts[0]

    def settled() -> bool:
        return not web.runs() or _answers(port)

    ready = processes.wait_until(settled, seconds=READY_SECONDS, pause=0.05)
    if not ready or not web.runs():
        raise CannotRun(f"The web server does not answer. {web.log} ends:\n{web.last_words()}")
    # Worker and beat need some seconds more. Without them the clinic opens, and its pages say so.
    processes.wait_until(lambda: _answers(port, "readyz", {200}), seconds=HANDS_SECONDS)


def _answers(port: int, page: str = "healthz", wanted: Container[int] = range(1000)) -> bool:
    """Whether a server answers at all. One that answers "not ready" is up; its pages say why."""
    try:
        with urllib.request.urlopen(
            f"http://{HOST}:{port}/{page}", timeout=5
        ) as answer:  # always http, this machine # nosec B310
            return answer.status in wanted
    except urllib.error.HTTPError as refusal:
        return refusal.code in wanted
    except OSError:
        return False


def _watch(parts: list[Part], servers: Borrowed) -> None:
    parent = os.getppid()
    while True:
        time.sleep(PAUSE)
        # `make` was killed and could not pass it on.
        if "MAKELEVEL" in os.environ and os.getppid() != parent:
            raise Stopped
        if not servers.keepers_live():
            say("The embedded servers were stopped from outside; starting them again.")
            servers.revive()
        for part in parts:
            _look_after(part)


def _look_after(part: Part) -> None:
    for line in part.new_errors():
        say(f"[{part.name}] {line}")
    if part.runs():
        return
    if not part.waits():
        say(f"[{part.name}] {part.obituary()}")
        if part.must_run and part.keeps_dying():
            raise GaveUp(f"The {part.name} keeps dying. Its log: {part.log}")
    part.start_when_due()


def _end(parts: list[Part]) -> None:
    """Stop web and beat first, so that nothing new arrives; then let the worker finish."""
    web, worker, beat = parts
    for group in ([web, beat], [worker]):
        for part in group:
            part.ask_to_stop()
        for part in group:
            part.end()
