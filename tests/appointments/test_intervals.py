"""The arithmetic of free time against counting minutes one by one."""

from datetime import date, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appointments.intervals import local_interval, merged, starts_within, without

MINUTES = st.integers(0, 120)
INTERVALS = st.lists(st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] < pair[1]), max_size=8)


def minutes(intervals) -> set[int]:
    return {minute for begin, end in intervals for minute in range(begin, end)}


@given(INTERVALS)
def test_merging_keeps_every_minute_and_leaves_gaps_between(found):
    kept = merged(found)
    assert minutes(kept) == minutes(found)
    assert all(first[1] < second[0] for first, second in pairwise(kept))


@given(INTERVALS, INTERVALS)
def test_taking_away(found, taken):
    left = without(merged(found), merged(taken))
    assert minutes(left) == minutes(found) - minutes(taken)
    assert all(begin < end for begin, end in left)


@given(INTERVALS, INTERVALS, st.integers(1, 40), st.integers(0, 20), st.sampled_from([1, 5, 15]))
def test_starts_are_all_that_fit(open_times, taken, length, kept_free, step):
    hours, free = merged(open_times), without([(0, 200)], merged(taken))
    given_starts = list(starts_within(free, hours, length=length, kept_free=kept_free, step=step))
    allowed, held = minutes(hours), minutes(taken)
    whole = [(begin, end) for begin, end in hours]
    expected = [
        start
        for begin, end in whole
        for start in range(begin, end)
        if (start % step == 0 or start == begin)
        and start + length <= end
        and set(range(start, start + length)) <= allowed
        and not set(range(start, start + length + kept_free)) & held
        and start + length + kept_free <= 200
    ]
    assert given_starts == expected


@pytest.mark.parametrize(
    ("day", "begins", "ends", "hours"),
    [
        ("2026-03-08", time(1), time(4), 2),  # two o'clock does not exist
        ("2026-11-01", time(0, 30), time(3), 3.5),  # one o'clock comes twice
        ("2026-03-08", time(2, 30), time(3, 30), None),  # nothing is left between them
        ("2026-07-01", time(9), time(17), 8),
    ],
)
def test_hours_on_the_night_when_clocks_change(day, begins, ends, hours):
    found = local_interval(date.fromisoformat(day), begins, ends, "America/New_York")
    assert (found and (found[1] - found[0]) / 3600) == hours
