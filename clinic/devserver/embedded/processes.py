"""Start, watch and stop processes so that none is left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from .paths import Account

PR_SET_PDEATHSIG = 1
LINUX = sys.platform.startswith("linux")
# Loaded here, before any fork: the child must not have to load a library.
_libc = ctypes.CDLL(None) if LINUX else None


def die_with_parent(wish: signal.Signals) -> Callable[[], None]:
    """A hook for the child: the kernel sends it `wish` when this process ends, even by SIGKILL."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, int(wish), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the request was made
            os.kill(os.getpid(), signal.SIGKILL)

    return ask_the_kernel


def start_server(
    command: Sequence[str | Path],
    *,
    account: Account,
    log: Path,
    wish: signal.Signals,
    folder: Path,
) -> subprocess.Popen[bytes]:
    """Start a server as `account`, in its own process group, with its output in `log`."""
    with log.open("ab") as words:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=server_environment(),
            start_new_session=True,
            preexec_fn=die_with_parent(wish),  # noqa: PLW1509 - the keeper has one thread
            user=account.switch_uid,
            group=account.switch_gid,
            extra_groups=account.switch_groups,
        )


def run_as(
    command: Sequence[str | Path], *, account: Account, folder: Path, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a short command as `account` and return its output."""
    return subprocess.run(
        [str(part) for part in command],
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=server_environment(),
        check=False,
        user=account.switch_uid,
        group=account.switch_gid,
        extra_groups=account.switch_groups,
    )


def server_environment() -> dict[str, str]:
    """Return an environment without the caller's PG* variables and with English messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C.UTF-8"}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid: int) -> str:
    """The command line of a process, or an empty text when it is gone or hidden."""
    if LINUX:
        try:
            return (
                Path(f"/proc/{pid}/cmdline")
                .read_bytes()
                .replace(b"\0", b" ")
                .decode(errors="replace")
            )
        except OSError:
            return ""
    listing = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return listing.stdout


def end(process: subprocess.Popen[bytes], wish: signal.Signals, *, patience: float) -> None:
    """Send a signal, wait `patience` seconds, then kill the whole group."""
    if process.poll() is None:
        process.send_signal(wish)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    end_group(process.pid)
    process.wait()


def end_group(group: int) -> None:
    """SIGKILL whatever is left of a process group; children of a dead child are in it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def wait_until(done: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Ask `done` again and again; return False when the time is up."""
    limit = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(pause)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])
