"""Copies of the servers' programs for root, whose servers run as a user who may not see the clone.

A clone in a closed home folder stays closed: the programs are copied out of it, once per version.
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
    """Always as oneself; as root, only if everybody may read and run it."""
    if os.geteuid() != 0:
        return True
    open_to_all = program.stat().st_mode & READ_AND_RUN == READ_AND_RUN
    return open_to_all and paths.may_enter(program.parent, account)


def reachable_copy(name: str, base: Path, sources: Iterable[Path]) -> Path:
    """Copy files or folders, laid out as they are below `base`, to where every user may run them."""
    target = paths.SYSTEM_STATE / "programs" / name
    if target.exists():
        return target
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent))
    for source in sources:
        _copy(source, beside / source.relative_to(base))
    for path in (beside, *beside.rglob("*")):
        path.chmod(0o755)
    # Somebody may have been faster; theirs is as good.
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
