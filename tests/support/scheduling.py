"""Which tests start a real clinic, and how tests are dealt out to parallel processes.

What shares a running clinic, a browser or a world stays in one process: a file as a rule, all of
tests/browser, and of a long walk some of its steps. The longest come first, so that no process is
left alone with one of them at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

#: Folders and files whose tests start web servers, workers, browsers, benchmarks or databases.
LAUNCHED = (
    "tests/bench/",
    "tests/browser/",
    "tests/clinic/test_checks.py",
    "tests/clinic/test_discreet_day.py",
    "tests/clinic/test_embedded_servers.py",
    "tests/clinic/test_make_run.py",
    "tests/reminders/test_chaos.py",
    "tests/reminders/test_worker.py",
)
#: A test that names one of these starts something, wherever it stands.
LAUNCHING = frozenset({"launching", "Launched", "borrow_servers", "sync_playwright"})
#: Tests that stay in one process, the longest first. Launched and computing ones take turns: three
#: clinics that start at the same time on two cores would keep one another waiting.
FIRST = (
    "tests/browser",
    "tests/api/test_schemathesis.py",
    "tests/bench/test_bench.py",
    "tests/vault/test_migration.py",
    "tests/clinic/test_make_run.py",
    "tests/api/test_fuzz.py",
    "tests/reminders/test_chaos.py",
    "tests/api/test_verbs.py",
    "tests/guards/test_admin.py",
    "tests/clinic/test_embedded_servers.py",
    "tests/access/test_audit.py",
    "tests/clinic/test_discreet_day.py",
    "tests/access/test_hash_chain.py",
    "tests/reminders/test_worker.py",
    "tests/access/test_audit_tampering.py",
    "tests/clinic/test_demonstration.py",
    "tests/clinic/test_checks.py",
)
#: How many tests of these stay together: enough to be worth making their world once more.
STEPS = {
    "tests/guards/test_planted_faults.py": 4,
    "tests/guards/test_routes.py": 25,
    "tests/matrix/test_admin.py": 9,
    "tests/matrix/test_api.py": 24,
    "tests/matrix/test_pages.py": 24,
}


def starts_something(item: pytest.Item) -> bool:
    if item.nodeid.startswith(LAUNCHED):
        return True
    code: Any = getattr(getattr(item, "function", None), "__code__", None)
    return code is not None and not LAUNCHING.isdisjoint(code.co_names)


def pieces(nodeids: Iterable[str]) -> dict[str, str]:
    """Of each test the piece that it is dealt out with."""
    met: dict[str, int] = {}
    found = {}
    for nodeid in nodeids:
        file = nodeid.partition("::")[0]
        number = met[file] = met.get(file, -1) + 1
        if PurePosixPath(file).parts[:2] == ("tests", "browser"):
            found[nodeid] = "tests/browser"
        elif file in STEPS:
            found[nodeid] = f"{file}, piece {number // STEPS[file]}"
        else:
            found[nodeid] = file
    return found


def longest_first(items: list[pytest.Item]) -> None:
    """Then the steps of walks, then the rest as it stands."""
    place = {name: number for number, name in enumerate(FIRST)}
    place |= dict.fromkeys(STEPS, len(FIRST))
    found = pieces(item.nodeid for item in items)
    last = len(FIRST) + 1
    items.sort(key=lambda item: place.get(found[item.nodeid].partition(",")[0], last))


class ByPiece(LoadScopeScheduling):  # type: ignore[misc]
    """As xdist deals out whole files; a process takes the next piece when it has nearly done its own."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        self._pieces: dict[str, str] = {}

    def _split_scope(self, nodeid: str) -> str:
        return self._pieces[nodeid]

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        self._pieces = self._pieces or pieces(collection)
        super().add_node_collection(node, collection)
