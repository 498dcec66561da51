"""`python -m bench`: one run on its own servers; prints a table, writes JSON."""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import bareness, hours, loading, memory, morning, pages, table, trail, writing
from bench.clinics import Clinic, new_clinic, say
from clinic.devserver.embedded import paths

#: These have a clinic of their own.
CROWDED = ("growth", "morning", "memory")
PARTS = ("import", "pages", "floor", "writing", "reminders", "calendar", "trail", *CROWDED)
QUICK_PATIENTS, QUICK_SMALL = 2000, 150
TRAIL_ROWS, QUICK_TRAIL_ROWS = 10_000_000, 20_000
DAYS_BOOKED, QUICK_DAYS_BOOKED = 365, 40
GROWTH = {"due": 1000, "small": 10_000, "large": 1_000_000}
QUICK_GROWTH = {"due": 50, "small": 500, "large": 2000}
MORNING, QUICK_MORNING = 100_000, 200
MINUTES, QUICK_MINUTES = 3.0, 0.1


def main() -> None:
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results: dict[str, Any] = {"machine": _machine(), "small": "none", "large": "none", "parts": {}}
    try:
        run(asked, results)
    finally:
        # What was measured before something failed is kept.
        print("\n".join(table.lines(results)), flush=True)
        say(f"written to {_write(results, asked.results)}")


def run(asked: Namespace, results: dict[str, Any]) -> None:
    """Fill the clinics that are needed, start them, measure the parts that are asked for."""
    if asked.parts & set(CROWDED):
        with new_clinic("crowd", asked.begin_with) as crowd:
            _measure_crowd(crowd, asked, results["parts"])
    if not asked.parts <= set(CROWDED):
        _run_both(asked, results)


def _measure_crowd(crowd: Clinic, asked: Namespace, parts: dict[str, Any]) -> None:
    """Reminders alone, many of them, in a clinic that has nothing else to do."""
    if "growth" in asked.parts:
        say("crowd: planning over small and large tables")
        parts["growth"] = crowd.ask_inside("growth", QUICK_GROWTH if asked.quick else GROWTH)
    if "morning" in asked.parts:
        due = asked.due or (QUICK_MORNING if asked.quick else MORNING)
        parts["morning"] = morning.measure(crowd, due=due, scale=asked.scale)
    if "memory" in asked.parts:
        minutes = asked.minutes or (QUICK_MINUTES if asked.quick else MINUTES)
        parts["memory"] = memory.measure(crowd, minutes=minutes)


def _run_both(asked: Namespace, results: dict[str, Any]) -> None:
    with ExitStack() as at_end:
        small = at_end.enter_context(new_clinic("small", asked.begin_with))
        results["small"] = _fill_small(small, results["parts"], quick=asked.quick)
        if asked.parts - set(CROWDED) != {"import"}:
            large = at_end.enter_context(new_clinic("large", asked.begin_with))
            results["parts"].setdefault("loading", {})["seed_demo"] = loading.seed(
                large, asked.patients
            )
            loading.settle(large)
            results["large"] = f"{asked.patients} synthetic patients"
            _measure(small, large, asked, results["parts"])


def _fill_small(small: Clinic, parts: dict[str, Any], *, quick: bool) -> str:
    """Real patients beside the demonstration's, or only those when the data are not at hand."""
    folder = None if quick else loading.data_folder()
    if folder is None:
        say("import: skipped, " + ("--quick" if quick else "no data (MAINSTAY_DATA names them)"))
        loading.seed(small, QUICK_SMALL if quick else 3860)
    else:
        loading.seed(small, loading.BESIDE_THE_REAL)
        parts.setdefault("loading", {})["import_ctn0094"] = loading.import_real(small, folder)
    loading.settle(small)
    real = parts["loading"]["import_ctn0094"]["patients"] if folder else 0
    return f"{real} real and {small.sql(loading.COUNT) - real} synthetic patients"


def _measure(small: Clinic, large: Clinic, asked: Namespace, parts: dict[str, Any]) -> None:
    """The worker first, because the list of reminders wants some; then it rests."""
    clinics = (small, large)
    if asked.parts & {"reminders", "pages"}:
        found = _reminders(clinics)
        if "reminders" in asked.parts:
            parts["reminders"] = found
    for clinic in clinics:
        clinic.start("web")
    if "pages" in asked.parts:
        parts["pages"] = pages.measure(small, large, times=asked.times)
    if "floor" in asked.parts:
        parts["floor"] = bareness.measure(large, times=asked.times)
    if "writing" in asked.parts:
        parts["writing"] = {
            clinic.name: writing.measure(clinic, times=asked.times) for clinic in clinics
        }
    _measure_after(large, asked, parts)


def _measure_after(large: Clinic, asked: Namespace, parts: dict[str, Any]) -> None:
    """What fills tables for itself comes last: the other parts are measured as they always were."""
    if "calendar" in asked.parts:
        say("large: searching for free times")
        days = QUICK_DAYS_BOOKED if asked.quick else DAYS_BOOKED
        parts["calendar"] = large.ask_inside("free_times", {"times": asked.times, "days": days})
    if "trail" in asked.parts:
        parts["refused"] = large.ask_inside("refused", asked.times)
        rows = QUICK_TRAIL_ROWS if asked.quick else TRAIL_ROWS
        parts["trail"] = trail.measure(large, rows=rows, times=asked.times)


def _reminders(clinics: tuple[Clinic, ...]) -> dict[str, float]:
    """Through each clinic's worker; what is shown is the last one's, the large clinic's."""
    for clinic in clinics:
        say(f"{clinic.name}: reminders through the worker")
        # At night nothing is sent, so the worker's tasks that do nothing are counted alone.
        hours.set_to(clinic, hours.NIGHT)
        clinic.start("worker", **morning.NULL)
        found: dict[str, float] = clinic.ask_inside("worker")
        clinic.stop("worker")
        hours.set_back(clinic)
    return found


def _asked() -> Namespace:
    parser = ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--patients", type=int, help="size of the large clinic (100000)")
    parser.add_argument("--quick", action="store_true", help="small numbers: does it run at all?")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="one part; may be said more than once"
    )
    parser.add_argument("--times", type=int, help="how often each page is asked for (60)")
    parser.add_argument("--due", type=int, help="reminders due in one morning (100000)")
    parser.add_argument(
        "--scale", type=int, default=1, help="the same morning once more with so many workers"
    )
    parser.add_argument("--minutes", type=float, help="how long the worker's memory is watched (3)")
    parser.add_argument("--results", type=Path, default=paths.REPOSITORY / "bench-results")
    parser.add_argument("--begin-with", type=Path, help="data of a migrated, empty server to copy")
    asked = parser.parse_args()
    asked.parts = set(asked.only or PARTS)
    asked.patients = asked.patients or (QUICK_PATIENTS if asked.quick else 100_000)
    asked.times = asked.times or (5 if asked.quick else 60)
    return asked


def _machine() -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
        "began_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    try:
        facts = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    named = (line.partition(":")[2].strip() for line in facts if line.startswith("model name"))
    return next(named, platform.machine())


def _write(results: dict[str, Any], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(results, indent=2) + "\n")
    return file


if __name__ == "__main__":
    main()
