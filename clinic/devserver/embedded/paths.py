"""Folders of the embedded servers, and the operating-system user that they run as."""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SYSTEM_STATE = Path("/var/lib/mainstay")


class UnsafeFolder(Exception):
    """A folder that must be private belongs to somebody else."""


@dataclass(frozen=True)
class Account:
    """The user the servers run as. PostgreSQL refuses root, so for root it is `nobody`."""

    uid: int
    gid: int

    # What a child process must change to, or None where nothing is to be changed.
    @property
    def switch_uid(self) -> int | None:
        return self.uid if os.geteuid() == 0 else None

    @property
    def switch_gid(self) -> int | None:
        return self.gid if os.geteuid() == 0 else None

    @property
    def switch_groups(self) -> list[int] | None:
        return [] if os.geteuid() == 0 else None


def server_account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def may_enter(folder: Path, account: Account) -> bool:
    """Can this account walk through every folder from the root down to `folder`?"""
    return all(_has_search_bit(step, account) for step in (folder, *folder.parents))


def _has_search_bit(folder: Path, account: Account) -> bool:
    if not folder.exists():
        return True
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def state_folder() -> Path:
    """`MAINSTAY_STATE` or `var/` in the clone; below /var/lib if the servers cannot reach it."""
    wanted = Path(os.environ.get("MAINSTAY_STATE") or REPOSITORY / "var").resolve()
    if os.geteuid() == 0 and not may_enter(wanted, server_account()):
        return SYSTEM_STATE / _short_hash(wanted)
    return wanted


def prepare_state(state: Path) -> None:
    """Make the folder; others may walk through it only when the servers are another user."""
    state.mkdir(parents=True, exist_ok=True)
    if state.stat().st_uid == os.geteuid():
        state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for name in ("locks", "logs"):
        (state / name).mkdir(mode=0o700, exist_ok=True)


def socket_folder(state: Path) -> Path:
    """A short private folder: a unix socket's path may have 107 bytes, a clone's may have more."""
    account = server_account()
    folder = _short_temporary_folder() / f"mainstay-{account.uid}-{_short_hash(state)}"
    return private_folder(folder)


def private_folder(folder: Path) -> Path:
    """Make a 0700 folder of the servers' account, and refuse one that somebody else put there."""
    account = server_account()
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {
        account.uid,
        os.geteuid(),
    }:
        raise UnsafeFolder(
            f"{folder} exists and belongs to somebody else. Remove it and try again."
        )
    os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def _short_temporary_folder() -> Path:
    folder = Path(tempfile.gettempdir()).resolve()
    if len(str(folder)) <= 50 and may_enter(folder, server_account()):
        return folder
    return Path("/tmp")  # noqa: S108 - the folder made in it is private and its owner checked # nosec B108


def _short_hash(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]
