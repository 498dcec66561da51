"""Lay out a day or a week: lanes side by side, blocks at quarter hours. No database reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

QUARTER = 15
#: First and last quarter hour shown if nothing is earlier or later: 7:00 to 19:00.
FIRST, LAST = 7 * 4, 19 * 4
END_OF_DAY = 24 * 4


@dataclass(frozen=True)
class Block:
    """One item of a lane. `at` and `lasts` are quarter hours, counted from the top of the lane."""

    kind: str
    row: Any
    at: int
    lasts: int
    starts_at: datetime
    ends_at: datetime


@dataclass
class Lane:
    """A column: a practitioner, a room or a day.

    `day`, `practitioner` and `room` are what an appointment gets when it is dropped here.
    """

    title: str
    address: str = ""
    note: str = ""
    day: date | None = None
    practitioner: int | None = None
    room: int | None = None
    found: list[tuple[str, Any, datetime, datetime]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def add(self, kind: str, row: Any, starts_at: datetime, ends_at: datetime) -> None:
        self.found.append((kind, row, starts_at, ends_at))


@dataclass(frozen=True)
class Grid:
    lanes: Sequence[Lane]
    #: (time as text, its quarter hour from the top)
    hours: Sequence[tuple[str, int]]
    first: int


def laid_out(lanes: Sequence[Lane], zone: str) -> Grid:
    """Give each block its place by the site's clock; the page starts early enough for all."""
    spans = [
        (_quarter(begin, lane, zone, up=False), _quarter(end, lane, zone, up=True))
        for lane in lanes
        for _, _, begin, end in lane.found
    ]
    first = min([FIRST, *(begin for begin, _ in spans)]) // 4 * 4
    last = max([LAST, *(end for _, end in spans)])
    for lane in lanes:
        lane.blocks = list(_blocks(lane, zone, first))
    hours = [(f"{quarter // 4}:00", quarter - first + 1) for quarter in range(first, last, 4)]
    return Grid(lanes, hours, first)


def _blocks(lane: Lane, zone: str, first: int) -> Iterable[Block]:
    for kind, row, starts_at, ends_at in sorted(lane.found, key=lambda one: one[2]):
        begin = _quarter(starts_at, lane, zone, up=False)
        end = max(_quarter(ends_at, lane, zone, up=True), begin + 1)
        yield Block(kind, row, begin - first + 1, end - begin, starts_at, ends_at)


def _quarter(moment: datetime, lane: Lane, zone: str, *, up: bool) -> int:
    """The quarter hour of the lane's own day.

    A moment before that day counts as its beginning, a moment after it as its end.
    """
    local = moment.astimezone(ZoneInfo(zone))
    if lane.day is not None and local.date() < lane.day:
        return 0
    if lane.day is not None and local.date() > lane.day:
        return END_OF_DAY
    minutes = local.hour * 60 + local.minute
    return -(-minutes // QUARTER) if up else minutes // QUARTER
