"""The bench runs, on small numbers, and its arithmetic is right. What it finds is not tested here."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench import hours, table
from bench.figures import percentile, summary
from bench.memory import resident_mb, slope
from tests.support import launching

SECONDS = 600
BENCH = (sys.executable, "-m", "bench")


def test_percentiles_stay_within_what_was_measured():
    assert percentile([0.010], 95) == 0.010
    assert percentile([0.001 * number for number in range(1, 101)], 50) == pytest.approx(0.0505)
    assert summary([0.002, 0.002, 0.002])["p95_ms"] == pytest.approx(2)


def test_a_slope_is_that_of_the_nearest_line():
    assert slope([(0, 100.0), (60, 101.0), (120, 102.0)]) * 3600 == pytest.approx(60)
    assert slope([(0, 100.0), (60, 103.0), (120, 97.0), (180, 100.0)]) * 3600 == pytest.approx(-36)
    assert slope([(0, 100.0)]) == 0


def test_memory_is_that_of_the_whole_group():
    held = "held = bytearray(60_000_000); print(flush=True); input()"
    forks = f"import os; os.fork(); {held}"
    with subprocess.Popen(
        [sys.executable, "-c", forks],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        found = resident_mb(process.pid)
        process.stdin.close()
        process.wait(30)
    assert 114 < found < 250


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("wanted", [hours.NOON, hours.NIGHT])
def test_a_zone_where_it_is_the_wanted_hour(wanted: int, hour: int):
    now = datetime(2026, 7, 1, hour, 59, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(hours.zone_where_it_is(wanted, now))).hour == wanted


def test_a_small_run_measures_every_part_and_leaves_nothing(tmp_path: Path):
    begin = ["--begin-with", str(launching.migrated_data())]
    done = subprocess.run(
        [
            *BENCH,
            "--quick",
            "--patients",
            "200",
            "--times",
            "2",
            "--results",
            str(tmp_path),
            *begin,
        ],
        cwd=launching.REPOSITORY,
        env=launching.environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("*.json")
    results = json.loads(file.read_text())
    parts = {"loading", "pages", "floor", "writing", "reminders", "calendar", "refused", "trail"}
    parts |= {"growth", "morning", "memory"}
    assert set(results["parts"]) == parts
    assert {row["statements"] for row in results["parts"]["trail"]["after"]} == {1}
    assert done.stdout.splitlines() == "\n".join(table.lines(results)).splitlines()
    assert results["parts"]["reminders"]["sent"] > 0
    (morning,) = results["parts"]["morning"]
    assert morning["planned"] == morning["sent"] == 200 + 50  # growth left what it had planned
    assert results["parts"]["memory"]["sent"] > 0
    assert all(
        # Of two people: a part is read whole only where there is something of it.
        abs(row["small"]["queries"] - row["large"]["queries"])
        <= (5 if row["name"] == "a patient's page" else 0)
        for row in results["parts"]["pages"]
    )
