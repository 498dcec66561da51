"""Use the embedded servers: find them running or have them started, and release them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from . import file_locks, paths, processes

# The environment variable that says where each server is; one that is set is not started.
VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
PATIENCE = 90.0
# The supervisor loads this package alone; the folder is appended to the path, so that no module of
# the project hides a library.
START_KEEPER = "import sys; sys.path.append({folder!r}); from embedded.supervisor import main; sys.exit(main())"


class ServersUnavailable(Exception):
    """The embedded servers cannot be used; the message says why and what to do."""


@dataclass
class Borrowed:
    """Servers in use. They stop when their last user releases them or its process ends."""

    state: Path
    throwaway: bool
    urls: dict[str, str] = field(default_factory=dict)
    _locks: dict[str, int] = field(default_factory=dict)
    _keepers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.give_back()

    def take(self, names: Iterable[str]) -> None:
        """Start all servers that are needed at the same time, then wait for each."""
        for name in names:
            self._locks[name] = self._hold(name)
        for name in names:
            self._have_a_keeper(name)
        for name in names:
            self.urls[VARIABLES[name]] = self._wait_for_url(name)

    def keepers_live(self) -> bool:
        return all(not _unkept(self.state, name) for name in self._locks)

    def revive(self) -> None:
        """Start a supervisor again where one was killed. The addresses stay the same."""
        for name in self._locks:
            self._have_a_keeper(name)
        for name in self._locks:
            self._wait_for_url(name)

    def give_back(self) -> None:
        """Release the servers, and wait while those without other users are stopping."""
        names = list(self._locks)
        for name in names:
            file_locks.let_go(self._locks.pop(name))
        for name in names:
            processes.wait_until(partial(self._settled, name), seconds=40)
        for name, keeper in self._keepers.items():
            if _unkept(self.state, name):
                keeper.wait()
            else:
                keeper.returncode = 0  # left to its other users: not a child to complain about

    def _settled(self, name: str) -> bool:
        if _unkept(self.state, name):
            return True
        probe = file_locks.open_lock(self.state / "locks" / f"{name}.users")
        try:
            # Shared is refused while the keeper holds it alone to stop; granted and then
            # alone refused means that another user is left.
            return file_locks.try_shared(probe) and not file_locks.try_alone(probe)
        finally:
            file_locks.let_go(probe)

    def _hold(self, name: str) -> int:
        users = file_locks.open_lock(self.state / "locks" / f"{name}.users")
        if not file_locks.wait_shared(users, PATIENCE):
            file_locks.let_go(users)
            raise ServersUnavailable(f"The embedded {name} in {self.state} takes too long to stop.")
        return users

    def _have_a_keeper(self, name: str) -> None:
        if not _unkept(self.state, name, forget=True):
            return
        if name in self._keepers:
            self._keepers[name].wait()  # it holds no lock any more: it has ended or is about to
        package = str(Path(__file__).resolve().parents[1])
        command = [sys.executable, "-c", START_KEEPER.format(folder=package), name]
        command += [
            "--state",
            str(self.state),
            *(["--throwaway"] if self.throwaway else []),
        ]
        with (self.state / "logs" / "keeper.log").open("ab") as words:
            # Its own session: Ctrl-C in a terminal must not stop servers that are in use.
            keeper = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )
        self._keepers[name] = keeper

    def _wait_for_url(self, name: str) -> str:
        facts: dict[str, str] = {}

        def published() -> bool:
            facts.update(_read_published(self.state, name))
            return bool(facts)

        if not processes.wait_until(published, seconds=PATIENCE):
            log = processes.last_lines(self.state / "logs" / "keeper.log")
            raise ServersUnavailable(
                f"The embedded {name} did not start in {PATIENCE:.0f} s.\n{log}"
            )
        if "failure" in facts:
            raise ServersUnavailable(f"The embedded {name} cannot be used. {facts['failure']}")
        return facts["url"]


def borrow_servers(
    state: Path | None = None,
    *,
    names: Iterable[str] = tuple(VARIABLES),
    throwaway: bool = False,
    say: Callable[[str], None] = lambda _line: None,
) -> Borrowed:
    """Return the servers of a state folder, started. Raises ServersUnavailable."""
    folder = state or paths.state_folder()
    try:
        paths.prepare_state(folder)
        if not (folder / "postgres").exists():
            say("Creating the database, this once ...")
        return _taken(Borrowed(folder, throwaway), tuple(names))
    except (OSError, paths.UnsafeFolder) as problem:
        raise ServersUnavailable(f"The embedded servers cannot be used: {problem}") from problem


def _taken(borrowed: Borrowed, names: tuple[str, ...]) -> Borrowed:
    try:
        borrowed.take(names)
    except BaseException:  # Ctrl-C too
        borrowed.give_back()
        raise
    return borrowed


def missing_servers() -> tuple[str, ...]:
    """Return the servers for which the environment has no address."""
    return tuple(name for name, variable in VARIABLES.items() if not os.environ.get(variable))


def _unkept(state: Path, name: str, *, forget: bool = False) -> bool:
    """Whether no supervisor runs; with `forget`, also remove the address a killed one left."""
    try:
        probe = file_locks.open_lock(state / "locks" / f"{name}.keeper")
    except FileNotFoundError:
        return True  # a throwaway folder is gone when its servers are
    try:
        if not file_locks.try_alone(probe):
            return False
        if forget:
            (state / "locks" / f"{name}.json").unlink(missing_ok=True)
        return True
    finally:
        file_locks.let_go(probe)


def _read_published(state: Path, name: str) -> dict[str, str]:
    """Read the address file; empty until the running supervisor has written it."""
    try:
        facts = json.loads((state / "locks" / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}
    if "url" in facts and not processes.is_alive(int(facts["keeper"])):
        return {}
    return {key: str(value) for key, value in facts.items()}
