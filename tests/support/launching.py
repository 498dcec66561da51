"""Starting the project's commands as a person would, on servers of their own."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from bench.clinics import copy_data
from clinic.devserver.embedded import paths
from clinic.devserver.orphans import MARK
from tests.support.servers import kept_data, migrated_folder

REPOSITORY = Path(__file__).resolve().parents[2]
# Generous, because a test machine may be busy with the rest of the suite.
SECONDS = 90


@contextmanager
def state_folder() -> Iterator[Path]:
    """Directly below the temporary folder: pytest's own is closed to the servers' account."""
    state = Path(tempfile.mkdtemp(prefix="mainstay-state-")).resolve()
    paths.prepare_state(state)
    try:
        yield state
    finally:
        for process in processes_of(state):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(paths.socket_folder(state), ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


@contextmanager
def migrated_state_folder() -> Iterator[Path]:
    """The same with a migrated, empty database, copied from the one that is kept between runs.

    What the very first start does is asked in test_make_run.py, of a folder with nothing in it.
    """
    with state_folder() as state:
        copy_data(migrated_data(), state)
        yield state


def migrated_data() -> Path:
    """A server's data at rest, with a migrated, empty database: the one kept between runs.

    Where none can be kept, whoever comes first in this run migrates.
    """
    kept = kept_data()
    return kept if kept is not None else _migrated_in_this_run()


def _migrated_in_this_run() -> Path:
    folder = migrated_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            paths.prepare_state(folder)
            done = manage("migrate", "--verbosity", "0", state=folder)
            assert done.returncode == 0, done.stderr
            # Copied while it still writes, it would be torn.
            running = folder / "postgres" / "postmaster.pid"
            assert eventually(lambda: not running.exists(), SECONDS)
            (folder / "done").touch()
    return folder / "postgres"


def environment(state: Path, **more: str) -> dict[str, str]:
    """Of a fresh terminal: without the addresses of the suite's own servers."""
    ours = ("DATABASE_URL", "REDIS_URL", "PORT", "MAINSTAY_", "MAKE", MARK, "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"MAINSTAY_STATE": str(state), "PYTHONUNBUFFERED": "1"} | more


def manage(*words: str, state: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=REPOSITORY,
        env=environment(state, **more),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(state: Path) -> list[psutil.Process]:
    """Everything alive that works in this state folder or was started for it."""
    return [process for process in psutil.process_iter() if _belongs(process, str(state))]


def _belongs(process: psutil.Process, state: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        named = state in " ".join(process.cmdline()) or process.cwd().startswith(state)
        return named or process.environ().get(MARK) == state
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def eventually(done: Callable[[], bool], seconds: float = 20) -> bool:
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


class Launched:
    """`manage.py run` in the background, and what it has said so far."""

    def __init__(self, state: Path, port: int, **more: str) -> None:
        self.state, self.port = state, port
        self.said = state / f"said-{port}-{time.monotonic_ns()}"
        with self.said.open("wb") as words:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=REPOSITORY,
                env=environment(state, PORT=str(port), **more),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        return self.said.read_text()

    def wait_until_ready(self) -> None:
        def settled() -> bool:
            return "is ready" in self.text() or self.process.poll() is not None

        assert eventually(settled, SECONDS), self.text()
        assert "is ready" in self.text(), self.text()

    def stop(self, wish: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(wish)
        return self.process.wait(SECONDS)

    def part(self, *words: str) -> psutil.Process | None:
        """The first child whose command line has all these words."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if set(words) <= set(child.cmdline()):
                    return child
        return None
