"""Workers, beats, Redis and PostgreSQL die at random; `make chaos` does it for longer and with more."""

import os

from bench.chaos import run
from tests.support.launching import migrated_data

DUE = int(os.environ.get("MAINSTAY_CHAOS_DUE", "300"))
SECONDS = float(os.environ.get("MAINSTAY_CHAOS_SECONDS", "45"))


def test_nothing_is_lost_and_nothing_sent_twice() -> None:
    verdict = run(due=DUE, seconds=SECONDS, seed=3, begin_with=migrated_data())
    assert verdict.faults == [], verdict.words()
    assert verdict.taken >= DUE * 0.9, verdict.words()
    assert sum(verdict.blows.values()) >= 5, verdict.words()
