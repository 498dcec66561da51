"""The interface between the supervisor and a server."""

import subprocess
from pathlib import Path
from typing import Protocol


class ServerFailed(Exception):
    """A server did not start. The message ends with the last lines of its log."""


class Server(Protocol):
    """One embedded server. `prepare` and `start` may be called again after it has died."""

    log: Path
    url: str

    def prepare(self) -> None: ...

    def start(self) -> subprocess.Popen[bytes]: ...

    def answers(self) -> bool: ...

    def stop(self, process: subprocess.Popen[bytes]) -> None: ...
