"""File file_locks. The kernel releases them when their holder ends, however it ends."""

import fcntl
import os
from pathlib import Path

from .processes import wait_until


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_alone(descriptor: int) -> bool:
    return _try(descriptor, fcntl.LOCK_EX)


def try_shared(descriptor: int) -> bool:
    return _try(descriptor, fcntl.LOCK_SH)


def wait_shared(descriptor: int, seconds: float) -> bool:
    return wait_until(lambda: try_shared(descriptor), seconds=seconds)


def wait_alone(descriptor: int, seconds: float) -> bool:
    return wait_until(lambda: try_alone(descriptor), seconds=seconds)


def let_go(descriptor: int) -> None:
    os.close(descriptor)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
