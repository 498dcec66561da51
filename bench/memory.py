"""The memory of a worker that sends without a pause: how it stands after an hour."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from bench.clinics import Clinic, say
from bench.morning import NULL

POOL = 5000
#: What was sent is due again: the worker always has something to do.
AGAIN = """
    UPDATE reminders_reminder SET status = 'due', due_at = now(), claimed_at = NULL, handed_over_at = NULL,
        finished_at = NULL, gateway_reference = '', body = '', attempts = 0, asked_again = asked_again + 1
    WHERE status = 'sent' AND asked_again < 30000 AND id > {}
"""
FEED_SECONDS, SAMPLES_IN_A_SHORT_RUN = 4.0, 10
#: Of each run so much is warming up: modules are loaded, caches filled.
WARMING = 0.2
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(clinic: Clinic, *, minutes: float, pool: int = POOL) -> dict[str, Any]:
    """Sample the resident MB of the worker each minute; return the slope after warm-up."""
    say(f"{clinic.name}: sending for {minutes:g} minutes, watching the worker's memory")
    older = clinic.sql("SELECT coalesce(max(id), 0) FROM reminders_reminder")
    clinic.ask_inside("crowd", pool)
    clinic.start("beat", **NULL)
    clinic.start_workers(1, **NULL)
    try:
        samples, sent = _watch(clinic, minutes * 60, older)
    finally:
        clinic.stop(*tuple(clinic.parts))
    steady = samples[int(len(samples) * WARMING) :]
    return {
        "minutes": minutes,
        "sent": sent,
        "sent_per_second": sent / (minutes * 60),
        "samples": samples,
        "first_mb": steady[0][1],
        "last_mb": steady[-1][1],
        "slope_mb_per_hour": slope(steady) * 3600,
    }


def _watch(clinic: Clinic, seconds: float, older: int) -> tuple[list[tuple[float, float]], int]:
    """(seconds since the first one was sent, MB) of each sample, and how many were sent."""
    _wait_for_the_first(clinic, older)
    worker = _leader(clinic)
    every = min(60.0, seconds / SAMPLES_IN_A_SHORT_RUN)
    samples: list[tuple[float, float]] = []
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        if passed >= len(samples) * every:
            samples.append((passed, resident_mb(worker)))
        sent += _feed(clinic, older)
        clinic.see_that_all_run()
        time.sleep(min(FEED_SECONDS, every / 2))
    samples.append((time.monotonic() - began, resident_mb(worker)))
    return samples, sent + _feed(clinic, older)


def _feed(clinic: Clinic, older: int) -> int:
    """What was sent since the last time is due again; how many those were."""
    fed = f"WITH fed AS ({AGAIN.format(older)} RETURNING 1) SELECT count(*) FROM fed"
    return int(clinic.sql(fed))


def _wait_for_the_first(clinic: Clinic, older: int) -> None:
    limit = time.monotonic() + 300
    asked = f"SELECT EXISTS (SELECT FROM reminders_reminder WHERE status = 'sent' AND id > {older})"
    while not clinic.sql(asked):
        if time.monotonic() > limit:
            raise RuntimeError("The worker sent nothing.")
        clinic.see_that_all_run()
        time.sleep(0.5)


def _leader(clinic: Clinic) -> int:
    process = clinic.parts["worker"]._process
    if process is None:
        raise RuntimeError("The worker does not run.")
    return process.pid


def resident_mb(leader: int) -> float:
    """Of the whole group of processes that `leader` leads; pages that they share count for each."""
    pages = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and _group_of(folder) == leader:
            pages += int((folder / "statm").read_text().split()[1])
    return pages * PAGE_MB


def _group_of(folder: Path) -> int | None:
    try:
        # After the name, which may hold anything, in its brackets: state, parent, group.
        return int((folder / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return None


def slope(samples: list[tuple[float, float]]) -> float:
    """Of the straight line nearest to them (least squares); 0 where there are not two."""
    count = len(samples)
    middle_x = sum(x for x, _ in samples) / count
    middle_y = sum(y for _, y in samples) / count
    spread = sum((x - middle_x) ** 2 for x, _ in samples)
    together = sum((x - middle_x) * (y - middle_y) for x, y in samples)
    return together / spread if spread else 0.0
