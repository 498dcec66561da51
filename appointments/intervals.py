"""Arithmetic of time intervals: half-open, in whole seconds since 1970, sorted and disjoint.

Seconds of UTC instead of local times: between two local times of one zone Python subtracts the
clock times, which is an hour off in the night of a clock change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import TypeAlias

from common.time_zones import moment_of

Interval: TypeAlias = tuple[int, int]


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def local_interval(day: date, starts: time, ends: time, zone: str) -> Interval | None:
    """Return the interval between two clock times on `day`.

    None if a clock change leaves nothing between them.
    """
    begin, end = seconds(moment_of(day, starts, zone)), seconds(moment_of(day, ends, zone))
    return (begin, end) if begin < end else None


def merged(found: Iterable[Interval]) -> list[Interval]:
    """Sort intervals and join those that touch or overlap."""
    kept: list[Interval] = []
    for begin, end in sorted(found):
        if kept and begin <= kept[-1][1]:
            if end > kept[-1][1]:
                kept[-1] = (kept[-1][0], end)
        else:
            kept.append((begin, end))
    return kept


def without(open_times: list[Interval], taken: list[Interval]) -> list[Interval]:
    """Subtract `taken` from `open_times`; both must be merged, and each is walked once."""
    left: list[Interval] = []
    first = 0
    for begin, end in open_times:
        while first < len(taken) and taken[first][1] <= begin:
            first += 1
        here, at = first, begin
        while here < len(taken) and taken[here][0] < end:
            if taken[here][0] > at:
                left.append((at, taken[here][0]))
            at = max(at, taken[here][1])
            here += 1
        if at < end:
            left.append((at, end))
    return left


def starts_within(
    free: list[Interval], hours: list[Interval], *, length: int, kept_free: int, step: int
) -> Iterator[int]:
    """Yield starts at which a visit fits: the start of each of `hours`, then every `step`.

    The visit must lie within the hours and the free time. The time after it (`kept_free`) must be
    free, too, but may lie beyond the end of the hours.
    """
    index = 0
    for opens, closes in hours:
        start = opens
        while start + length <= closes:
            while index < len(free) and free[index][1] < start + length + kept_free:
                index += 1
            if index == len(free):
                return
            begin = free[index][0]
            if begin <= start:
                yield start
                start = (start // step + 1) * step
            else:
                start = -(-begin // step) * step
