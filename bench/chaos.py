"""Kill every part at random: no reminder is lost or doubled, uncertain ones are listed.

`make chaos` (20,000 due; `ARGS="--due 2000 --seconds 120 --seed 7"`), and shorter with the tests. Real
PostgreSQL, Valkey, Celery workers and two beats; a gateway in a process of its own writes down what it
took. Workers and beats are killed, workers stand still for longer than their lease, Redis is wiped,
PostgreSQL is ended in the middle, at random.

The clock is moved by moving the table: all its moments go back by an hour. For who compares them with the
wall clock that is the same, and no code of the clinic's has to know of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from celery import Celery
from redis import Redis

from bench.clinics import copy_data
from bench.verdict import Verdict, judge
from clinic.devserver.embedded import paths
from clinic.devserver.embedded.postgres import SUPERUSER, Postgres
from clinic.devserver.embedded.valkey import Valkey

RUNTIME = "mainstay_chaos"
WORKERS, BEATS = 2, 2
#: Between two blows. A worker needs some seconds to start.
PAUSE_SECONDS = (2.0, 6.0)
PATIENCE_SECONDS = 60.0
#: Below the patience of the client with the gateway.
LONGEST_TAKES = 0.5
#: Less than a run of sending lasts: whoever wakes up goes on with what it holds.
ASLEEP_SECONDS = 2.0
#: Longer than the lease of a claim and than most of the waits after a failed try.
STEP = timedelta(minutes=11)
#: What beat ticks, in the order in which one follows from another, and where it is done.
TICKS = {
    "appointments.keep_calendar": "default",
    "reminders.follow_up": "planning",
    "reminders.plan": "planning",
    "reminders.send": "sending",
}
KNOWN = """
    SELECT (SELECT count(*) FROM reminders_reminder), (SELECT count(*) FROM reminders_followup),
        (SELECT count(*) FROM appointments_appointment WHERE status = 'no_show')
"""
WENT_ROUND = """
    SELECT count(*) = 4 FROM reminders_jobrun
    WHERE name IN ('keep the calendar', 'note follow-ups', 'plan reminders', 'send reminders')
    AND started_at > '{}' AND finished_at >= started_at
"""
DOWN = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=30))
MOMENTS = {
    "appointments_appointment": ("starts_at", "ends_at", "held_since"),
    # Planning knows from it how long it was out.
    "reminders_jobrun": ("started_at", "finished_at"),
    "reminders_reminder": ("due_at", "claimed_at", "handed_over_at", "finished_at", "recorded_at"),
}


class Clinic:
    """The servers and processes, each of which can be ended and started again."""

    def __init__(self, state: Path, seed: int, takes_seconds: float) -> None:
        self.state, self.random, self.takes_seconds = state, Random(seed), takes_seconds
        for folder in ("logs", "gateway"):
            (state / folder).mkdir(parents=True, exist_ok=True)
        # Not a throwaway: what was committed must be there after a crash.
        self.postgres = Postgres(state, throwaway=False)
        self.valkey = Valkey(state, throwaway=True)
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.blows: Counter[str] = Counter()

    def start_servers(self) -> None:
        for name, server in (("postgres", self.postgres), ("valkey", self.valkey)):
            server.prepare()
            self.servers[name] = server.start()
            wait_for(server.answers)
        folder = self.state / "gateway"
        command = [sys.executable, "-m", "bench.recorder", str(folder), "1"]
        command.append(str(self.takes_seconds))
        self.servers["gateway"] = self._begin(command, "gateway", dict(os.environ))
        wait_for((folder / "port").exists)

    def url_of(self, role: str) -> str:
        url = self.postgres.url
        return url.replace(url.split("//")[1].split("@")[0], role, 1)

    def make_runtime_role(self) -> None:
        """Its rights follow with `grant_runtime_role`."""
        with psycopg.connect(self.url_of(SUPERUSER), autocommit=True) as line:
            line.execute(f"CREATE ROLE {RUNTIME} LOGIN")

    def environment(self, role: str = "") -> dict[str, str]:
        """Return production settings with our servers; as the owner unless a role is named."""
        url = self.url_of(role) if role else self.postgres.url
        port = (self.state / "gateway" / "port").read_text()
        return {
            **os.environ,
            "MAINSTAY_MODE": "production",
            "SECRET_KEY": "0123456789abcdef" * 5,
            "AUDIT_CHAIN_KEYS": "fedcba9876543210" * 5,
            "FIELD_ENCRYPTION_KEYS": "0246813579abcdef" * 5,
            "BLIND_INDEX_KEYS": "13579bdf02468ace" * 5,
            "ALLOWED_HOSTS": "clinic.example.org",
            "DATABASE_URL": url,
            "REDIS_URL": self.valkey.url,
            "STAFF_MAIL": "false",
            "REMINDER_EMAIL_GATEWAY": "none",
            "REMINDER_SMS_GATEWAY": "twilio",
            "REMINDER_SMS_PER_SECOND": "0",
            "SMS_URL": f"http://AC1:secret@127.0.0.1:{port}",
            "SMS_FROM": "+15550100000",
        }

    def _begin(
        self, command: list[str], name: str, environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with (self.state / "logs" / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=paths.REPOSITORY,
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    # --- the clinic's own processes --------------------------------------------------------------

    def start_parts(self) -> None:
        for name in (
            *(f"worker-{n}" for n in range(WORKERS)),
            *(f"beat-{n}" for n in range(BEATS)),
        ):
            self.start_part(name)

    def start_part(self, name: str) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "clinic"]
        if name.startswith("worker"):
            words = ["worker", "--concurrency", "1", "--hostname", f"{name}@%h"]
            words += ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        else:
            words = ["beat", "--schedule", str(self.state / name), "--pidfile="]
        self.parts[name] = self._begin([*celery, *words], name, self.environment(RUNTIME))

    def kill_part(self, name: str) -> None:
        kill_group(self.parts[name])

    def end(self) -> None:
        for process in (*self.parts.values(), *self.servers.values()):
            kill_group(process)

    # --- blows -----------------------------------------------------------------------------------

    def strike(self) -> None:
        """One blow at random."""
        blow = self.random.choice(
            [
                self._worker,
                self._worker,
                self._beat,
                self._wipe,
                self._crash,
                self._restart,
                self._sleep,
            ]
        )
        self.blows[blow.__name__.strip("_")] += 1
        blow()

    def _worker(self) -> None:
        self._again(f"worker-{self.random.randrange(WORKERS)}")

    def _beat(self) -> None:
        self._again(f"beat-{self.random.randrange(BEATS)}")

    def _again(self, name: str) -> None:
        self.kill_part(name)
        self.start_part(name)

    def _sleep(self) -> None:
        """Stop a worker for longer than its lease, let others take its rows, and continue it."""
        part = self.parts[f"worker-{self.random.randrange(WORKERS)}"]
        with suppress(ProcessLookupError):
            os.killpg(part.pid, signal.SIGSTOP)
            try:
                # Not where it sleeps within a transaction: then nobody could move the table.
                with suppress(psycopg.errors.LockNotAvailable):
                    self.move_clock(STEP, patience_ms=2000)
                _quietly(self.nudge)
                time.sleep(ASLEEP_SECONDS)
            finally:
                os.killpg(part.pid, signal.SIGCONT)

    def _wipe(self) -> None:
        self.redis().flushall()

    def _crash(self) -> None:
        self._end_postgres(signal.SIGQUIT)

    def _restart(self) -> None:
        self._end_postgres(signal.SIGINT)

    def _end_postgres(self, how: signal.Signals) -> None:
        process = self.servers["postgres"]
        process.send_signal(how)
        process.wait(30)
        self.servers["postgres"] = self.postgres.start()
        wait_for(self.postgres.answers)
        for name, part in list(self.parts.items()):
            if part.poll() is not None:
                self.start_part(name)

    def down_for(self, hours: timedelta) -> None:
        """Nobody ticks and nobody works meanwhile."""
        self.blows[f"down for {hours}"] += 1
        for name in self.parts:
            self.kill_part(name)
        self.move_clock(hours)
        self.start_parts()

    # --- hands ------------------------------------------------------------------------------------

    def redis(self) -> Any:
        return Redis(unix_socket_path=str(self.valkey.socket), socket_timeout=5)

    def sql(self, statement: str) -> list[Any]:
        with psycopg.connect(self.postgres.url, autocommit=True) as line:
            found = line.execute(statement)
            return found.fetchall() if found.description else []

    def move_clock(self, by: timedelta, patience_ms: int = 0) -> None:
        """Lock all rows at once. Raises LockNotAvailable after this long; 0 waits."""
        seconds = int(by.total_seconds())
        with psycopg.connect(self.postgres.url) as line:
            line.execute(f"SET LOCAL lock_timeout = {patience_ms}")
            for table, columns in MOMENTS.items():
                moved = ", ".join(
                    f"{name} = {name} - interval '{seconds} seconds'" for name in columns
                )
                line.execute(f"UPDATE {table} SET {moved}")

    def nudge(self) -> None:
        """As one more beat that ticks too often. Lost when Redis is wiped, as any other."""
        with Celery(broker=self.valkey.url) as app:
            for task, queue in TICKS.items():
                app.send_task(task, queue=queue, retry=False)

    def waiting(self) -> int:
        rows = self.sql(
            "SELECT count(*) FROM reminders_reminder WHERE status = 'claimed'"
            " OR (status = 'due' AND due_at <= now())"
        )
        return int(rows[0][0])

    def taken(self) -> list[str]:
        found = self.state / "gateway" / "taken"
        return found.read_text().split() if found.exists() else []


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def wait_for(true: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if true():
            return True
        time.sleep(0.1)
    return False


def run(*, due: int, seconds: float, seed: int, begin_with: Path | None = None) -> Verdict:
    """Fill, strike for so long, let it settle, and judge. `begin_with`: as in `new_clinic`."""
    with tempfile.TemporaryDirectory(prefix="mainstay-chaos-") as folder:
        # The servers run as somebody who owns nothing, and must come in.
        Path(folder).chmod(0o755)
        # So long for each message that somebody is in the middle of one whenever a blow falls.
        takes = min(LONGEST_TAKES, seconds * WORKERS / due)
        if begin_with:
            copy_data(begin_with, Path(folder))
        return _run(Clinic(Path(folder), seed, takes), due=due, seconds=seconds)


def _run(clinic: Clinic, *, due: int, seconds: float) -> Verdict:
    try:
        clinic.start_servers()
        _manage(clinic, "migrate", "--no-input", "--verbosity", "0")
        clinic.make_runtime_role()
        _manage(clinic, "grant_runtime_role", RUNTIME)
        _inside(clinic, "bench.chaos_world", str(due))
        clinic.start_parts()
        _strike_for(clinic, seconds)
        settled = _settle(clinic)
        return judge(clinic, settled)
    finally:
        clinic.end()


def _manage(clinic: Clinic, *words: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=paths.REPOSITORY,
        env=clinic.environment(),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _inside(clinic: Clinic, module: str, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=paths.REPOSITORY,
        env=clinic.environment() | {"DJANGO_SETTINGS_MODULE": "clinic.settings"},
        check=True,
    )


def _strike_for(clinic: Clinic, seconds: float) -> None:
    began, downs = time.monotonic(), list(DOWN)
    while (passed := time.monotonic() - began) < seconds:
        _quietly(clinic.nudge)
        time.sleep(clinic.random.uniform(*PAUSE_SECONDS))
        if downs and passed > seconds * (4 - len(downs)) / 4:
            clinic.down_for(downs.pop(0))
        else:
            clinic.strike()
    for hours in downs:
        clinic.down_for(hours)


def _settle(clinic: Clinic) -> bool:
    """No more blows: the clock goes on until nothing waits. False: something waits for ever."""
    (clinic.state / "gateway" / "quick").touch()
    for name, part in list(clinic.parts.items()):
        if part.poll() is not None:
            clinic.start_part(name)
    for _ in range(30):
        _quietly(clinic.nudge)
        before = -1
        while (left := clinic.waiting()) and left != before:
            before = left
            _quietly(clinic.nudge)
            time.sleep(5)
        known = clinic.sql(KNOWN)
        clinic.move_clock(STEP)
        for _ in range(2):  # what a first one finds, the next plans
            _one_round(clinic)
        same = known == clinic.sql(KNOWN)
        open_rows = clinic.sql(
            "SELECT count(*) FROM reminders_reminder WHERE status IN ('claimed', 'due')"
        )
        if same and open_rows[0][0] == 0:
            return True
    return False


def _one_round(clinic: Clinic) -> None:
    """Wait until each job has run once since; a worker that is starting has seen nothing."""
    began = clinic.sql("SELECT now()")[0][0]

    def went_round() -> bool:
        _quietly(clinic.nudge)
        time.sleep(3)
        return bool(clinic.sql(WENT_ROUND.format(began))[0][0])

    wait_for(went_round)


def _quietly(deed: Callable[[], object]) -> None:
    """Redis may be away just now: then nobody hears it, as with any beat."""
    try:
        deed()
    except Exception as problem:
        print(f"not heard: {type(problem).__name__}", file=sys.stderr)


def main() -> None:
    reader = argparse.ArgumentParser(
        description="Kill everything at random; see what reminders do."
    )
    reader.add_argument("--due", type=int, default=20_000)
    reader.add_argument("--seconds", type=float, default=900)
    reader.add_argument("--seed", type=int, default=1)
    asked = reader.parse_args()
    verdict = run(due=asked.due, seconds=asked.seconds, seed=asked.seed)
    print(verdict.words())
    sys.exit(1 if verdict.faults else 0)


if __name__ == "__main__":
    main()
