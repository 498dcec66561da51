"""The three processes of a running clinic: web server, Celery worker, Celery beat."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from clinic.devserver.embedded import paths, processes

LONGEST_LOG = 5_000_000
ERROR_LINE = re.compile(r"\b(ERROR|CRITICAL)\b")
FIRST_DELAY, LONGEST_DELAY = 1.0, 60.0
# A part that ran this long was healthy; its next failure starts the count again.
WELL_AFTER = 60.0
DEATHS_IN_A_ROW = 5


@dataclass
class Part:
    """One process, its log, and when it failed."""

    name: str
    command: list[str]
    log: Path
    patience: float
    must_run: bool = False
    # What the kernel sends when the launcher is killed and cannot end its parts in order.
    on_orphaned: signal.Signals = signal.SIGTERM
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _read: int = 0
    _deaths: int = 0
    _started_at: float = 0.0
    _due_at: float | None = None

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as words:
            self._read = words.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                self.command,
                cwd=paths.REPOSITORY,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                # Its own group: Ctrl-C reaches the launcher only, which ends the parts in order.
                start_new_session=True,
                preexec_fn=processes.die_with_parent(self.on_orphaned),  # noqa: PLW1509 - one thread
            )
        self._started_at, self._due_at = time.monotonic(), None

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def waits(self) -> bool:
        """Whether it has ended and its next start is planned."""
        return self._due_at is not None

    def obituary(self) -> str:
        """Plan the next start, remove what is left of this process, and say what happened."""
        process = self._process
        if process is None:
            raise RuntimeError(f"{self.name} was never started")
        processes.end_group(process.pid)
        if time.monotonic() - self._started_at > WELL_AFTER:
            self._deaths = 0
        delay = min(FIRST_DELAY * 2**self._deaths, LONGEST_DELAY)
        self._deaths += 1
        self._due_at = time.monotonic() + delay
        return (
            f"ended with {process.returncode}; starting it again in {delay:.0f} s. Its log ends:\n"
            + (self.last_words())
        )

    def keeps_dying(self) -> bool:
        return self._deaths >= DEATHS_IN_A_ROW

    def start_when_due(self) -> None:
        if self._due_at is not None and time.monotonic() >= self._due_at:
            self.start()

    def last_words(self) -> str:
        return processes.last_lines(self.log)

    def new_errors(self) -> list[str]:
        """Return log lines since the last call that the person at the terminal should see."""
        with self.log.open("rb") as words:
            words.seek(self._read)
            news = words.read()
        # The last line may be half written; it is read with the next ones.
        whole = news[: news.rfind(b"\n") + 1]
        self._read += len(whole)
        return [line for line in whole.decode(errors="replace").splitlines() if _alarms(line)]

    def ask_to_stop(self) -> None:
        if self._process is not None and self.runs():
            self._process.terminate()

    def end(self) -> None:
        if self._process is not None:
            processes.wait_until(lambda: not self.runs(), seconds=self.patience)
            processes.end(self._process, signal.SIGKILL, patience=1)


def _alarms(line: str) -> bool:
    return ERROR_LINE.search(line) is not None


def parts_of_the_clinic(state: Path, host: str, port: int) -> list[Part]:
    """Return web, worker and beat, in this order."""
    logs = state / "logs"
    return [
        Part("web", _web(host, port), logs / "web.log", patience=10, must_run=True),
        Part(
            "worker",
            _celery("worker", "--concurrency", "2", "--without-gossip", "--without-mingle"),
            logs / "worker.log",
            patience=20,
            # SIGTERM then means: finish what is running, for some seconds, and give back the rest.
            environment={"REMAP_SIGTERM": "SIGQUIT"},
            # The servers end with the launcher, and a worker that stops gently would look for its
            # broker for minutes. What it was doing is in the table, and the next run takes it up.
            on_orphaned=signal.SIGKILL,
        ),
        Part(
            "beat",
            _celery("beat", "--schedule", str(state / "beat-schedule"), "--pidfile="),
            logs / "beat.log",
            patience=10,
        ),
    ]


def _web(host: str, port: int) -> list[str]:
    workers = str(min(2, os.cpu_count() or 1))
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host]
    command += [
        "--port",
        str(port),
        "--workers",
        workers,
        "--blocking-threads",
        "4",
        "--no-ws",
    ]
    command += ["--workers-kill-timeout", "5", "--respawn-failed-workers"]
    return [*command, "clinic.wsgi:application"]


def _celery(*words: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "clinic",
        *words,
        "--loglevel",
        "INFO",
    ]
