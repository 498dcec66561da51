"""Temporary clinics to measure, each with its own database, Valkey, web server, worker."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from clinic.devserver.embedded import borrow_servers, paths, processes
from clinic.devserver.processes import Part, parts_of_the_clinic

HOST = "127.0.0.1"
SECONDS_TO_START = 60
PROGRESS_EVERY = 15.0
STARTED = time.monotonic()


def say(line: str) -> None:
    """Progress, on stderr: stdout is for the table."""
    print(f"[{time.monotonic() - STARTED:5.0f} s] {line}", file=sys.stderr, flush=True)


@dataclass
class Clinic:
    """A database with its servers; `parts` are the processes that were started on it."""

    name: str
    state: Path
    urls: dict[str, str]
    port: int
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to work in this clinic and in no other."""
        kept = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        return kept | self.urls | {"MAINSTAY_STATE": str(self.state)}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, *words]

    def manage(self, *words: str) -> str:
        """Run `manage.py`; what it wrote to stdout."""
        return self._run(["manage.py", *words])

    def ask_inside(self, what: str, question: Any = None) -> Any:
        """An answer from a process that has Django and this clinic's database."""
        text = self._run(["-m", "bench.inside", what], text=json.dumps(question))
        return json.loads(text.splitlines()[-1])

    def sql(self, statement: str) -> Any:
        """The first value of a statement, or None."""
        with psycopg.connect(self.urls["DATABASE_URL"], autocommit=True) as server:
            cursor = server.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def start(self, *names: str, **environment: str) -> None:
        """With `environment` over the clinic's own settings."""
        for part in parts_of_the_clinic(self.state, HOST, self.port):
            if part.name in names:
                part.environment |= environment
                self.start_part(part)
        if "web" in names:
            wait_for_web(self.parts["web"], self.port)

    def start_workers(self, count: int, **environment: str) -> None:
        """So many, as `docker compose up --scale worker=N` does it; the first is called "worker"."""
        for number in range(1, count + 1):
            (part,) = (
                one
                for one in parts_of_the_clinic(self.state, HOST, self.port)
                if one.name == "worker"
            )
            if number > 1:
                part.name = f"worker-{number}"
                part.log = part.log.with_name(f"{part.name}.log")
            part.command += ["--hostname", f"{part.name}@%h"]
            part.environment |= environment
            self.start_part(part)

    def start_part(self, part: Part) -> None:
        part.environment |= self.urls
        part.start()
        self.parts[part.name] = part

    def see_that_all_run(self) -> None:
        """Raise RuntimeError with the last words of a part that has died."""
        for part in self.parts.values():
            if not part.runs():
                raise RuntimeError(f"{part.name} has ended. Its log ends:\n{part.last_words()}")

    def stop(self, *names: str) -> None:
        for name in names:
            part = self.parts.pop(name, None)
            if part is not None:
                part.ask_to_stop()
                part.end()

    def _run(self, words: list[str], text: str | None = None) -> str:
        done = subprocess.run(
            self.command(*words),
            cwd=paths.REPOSITORY,
            env=self.environment,
            input=text,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout


@contextmanager
def new_clinic(name: str, begin_with: Path | None = None) -> Iterator[Clinic]:
    """An empty, migrated clinic in a folder that is thrown away.

    Its servers are set as those of `make run` are: every commit waits for the disk. `begin_with`: the data
    of a server at rest with such a database, to be copied.
    """
    # Directly below the temporary folder, and open enough for the servers' own account.
    state = Path(tempfile.mkdtemp(prefix=f"mainstay-bench-{name}-")).resolve()
    paths.prepare_state(state)
    with ExitStack() as at_end:
        at_end.callback(shutil.rmtree, state, ignore_errors=True)
        if begin_with:
            copy_data(begin_with, state)
        at_end.callback(lambda: shutil.rmtree(paths.socket_folder(state), ignore_errors=True))
        servers = at_end.enter_context(borrow_servers(state))
        clinic = Clinic(name, state, dict(servers.urls), free_port())
        at_end.callback(lambda: clinic.stop(*tuple(clinic.parts)))
        clinic.manage("migrate", "--verbosity", "0")
        yield clinic


def copy_data(of: Path, state: Path) -> None:
    """As it is, owners too: the servers may run as another account."""
    subprocess.run(["cp", "--archive", str(of), str(state / "postgres")], check=True)


def wait_for_web(web: Part, port: int) -> None:
    processes.wait_until(lambda: not web.runs() or _answers(port), seconds=SECONDS_TO_START)
    if not web.runs() or not _answers(port):
        raise RuntimeError(f"{web.name} does not answer. Its log ends:\n{web.last_words()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def watched(process: subprocess.Popen[Any], report: Callable[[], str]) -> None:
    """Say how far it is, now and then, until `process` ends. It stays to be waited for."""
    said = time.monotonic()
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(0.2)
        if time.monotonic() - said > PROGRESS_EVERY:
            said = time.monotonic()
            say(report())


def _is_ours(name: str) -> bool:
    return name.startswith(("MAINSTAY_", "DATABASE_URL", "REDIS_URL", "PORT", "PYTEST_", "MAKE"))


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
