"""Stop processes that a killed run left behind.

The kernel ends the launcher's children with it, but not their children when all are killed at once.
Every part and its children carry the state folder's name in their environment; only such processes
are stopped.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

from clinic.devserver.embedded import processes

MARK = "MAINSTAY_RUN"


def end_orphans(state: Path) -> None:
    """Ask them to stop, and kill them after five seconds. Only Linux shows environments."""
    remnants = _remnants(state)
    for wish, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        for process in remnants:
            with suppress(ProcessLookupError):
                os.kill(process, wish)
        if processes.wait_until(lambda: not any(map(_runs, remnants)), seconds=seconds):
            return


def _remnants(state: Path) -> list[int]:
    mark = f"{MARK}={state}".encode()
    found = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [
        process for process in found if mark in _environment(process) and process != os.getpid()
    ]


def _environment(process: int) -> list[bytes]:
    try:
        return Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _runs(process: int) -> bool:
    """Whether a process runs: a zombie has ended, and only its parent has not noticed yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
