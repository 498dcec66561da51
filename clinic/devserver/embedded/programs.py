"""Copies of the servers' programs for root, whose servers run as a user without access.

A clone in a private home folder stays private: the programs are copied out of it, once per version.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from . import paths

READ_AND_RUN = 0o005


def may_run(program: Path, account: paths.Account) -> bool:
    """Whether `account` can run a program: always its own; for root, if everybody may read it."""
    if os.geteuid() != 0:
        return True
    open_to_all = program.stat().st_mode & READ_AND_RUN == READ_AND_RUN
    return open_to_all and paths.may_enter(program.parent, account)


def reachable_copy(name: str, base: Path, sources: Iterable[Path]) -> Path:
    """Copy files or folders, as they lie below `base`, to where every user can run them."""
    target = paths.SYSTEM_STATE / "programs" / name
    if target.exists():
        return target
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent))
    for source in sources:
        _copy(source, beside / source.relative_to(base))
    for path in (beside, *beside.rglob("*")):
        path.chmod(0o755)
    # Another process may have copied them first; its copy is the same.
    with suppress(OSError):
        beside.rename(target)
    shutil.rmtree(beside, ignore_errors=True)
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
