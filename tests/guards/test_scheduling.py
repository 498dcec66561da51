"""What starts a real clinic is marked `launched`; what must stay together is dealt out together."""

import re
from pathlib import Path

import pytest

from tests.guards.test_architecture import ROOT
from tests.support import scheduling

#: What code of a test looks like that starts a server, a worker, a browser or a benchmark.
STARTS = re.compile(
    r'Launched\(|borrow_servers\(|sync_playwright\(|"-m",\s*"celery"|"bench"|bench\.chaos'
)
#: They start servers for the whole run, or are no tests.
NOT_TESTS = {
    "tests/support/servers.py",
    "tests/support/stored_database.py",
    "tests/support/launching.py",
}


def test_nothing_that_starts_a_clinic_goes_unmarked(request: pytest.FixtureRequest):
    marked = {
        item.nodeid.partition("::")[0]
        for item in request.session.items
        if item.get_closest_marker("launched")
    }
    collected = {item.nodeid.partition("::")[0] for item in request.session.items}
    files = {str(path.relative_to(ROOT)) for path in Path(ROOT, "tests").rglob("test_*.py")}
    starting = {name for name in files if STARTS.search((ROOT / name).read_text())}
    starting -= NOT_TESTS | {"tests/guards/test_scheduling.py"}
    assert len(starting) > 5
    assert (starting & collected) - {
        name for name in starting if name.startswith(scheduling.LAUNCHED)
    } <= marked


def test_every_file_that_is_named_is_there():
    named = {*scheduling.LAUNCHED, *scheduling.FIRST, *scheduling.STEPS}
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_a_walk_is_dealt_out_in_steps_and_a_file_whole():
    walk = [f"tests/matrix/test_admin.py::test_x[{number}]" for number in range(10)]
    others = ["tests/browser/test_a.py::test_a", "tests/browser/test_b.py::test_b", "tests/c.py::d"]
    found = scheduling.pieces([*walk, *others])
    assert len({found[name] for name in walk}) == 2
    assert found[others[0]] == found[others[1]] == "tests/browser"
    assert found[others[2]] == "tests/c.py"
