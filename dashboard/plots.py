"""Geometry for plots drawn as SVG on the server: no script, no inline style, printable.

Coordinates are SVG user units, y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from outcomes.kaplan_meier import CurvePoint
from outcomes.retention import GroupRetention
from reminders.statistics import Share

PLOTTED_DAYS = 90
SHORT_GAP = timedelta(days=14)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True)
class DosePlot:
    """One bar a day; missed days are marks at the bottom with another shape and color."""

    bars: list[Bar]
    width: int
    height: int
    first: date
    last: date
    highest: str
    words: str


def dose_period(*, latest: date, today: date) -> tuple[date, date]:
    """First and last day to draw for a patient whose latest dose was on `latest`.

    A short time without a dose is part of the picture. After a longer one the picture ends with the
    latest dose, so that the record of a patient who left is not an empty frame.
    """
    last = today if today - latest <= SHORT_GAP else latest
    return last - timedelta(days=PLOTTED_DAYS - 1), last


def dose_plot(
    doses: Sequence[DoseRecord],
    *,
    first: date,
    last: date,
    width: int = 720,
    height: int = 120,
) -> DosePlot | None:
    """Daily amounts from `first` to `last`, or None if there is nothing to draw."""
    shown = [dose for dose in doses if first <= dose.dose_date <= last]
    if not shown:
        return None
    days = (last - first).days + 1
    highest = max((dose.amount_mg or Decimal(0) for dose in shown), default=Decimal(0))
    step = width / days
    bars = [_bar(dose, first, step, height, float(highest) or 1.0) for dose in shown]
    missed = sum(dose.outcome == DoseOutcome.MISSED for dose in shown)
    taken = len(shown) - missed
    tallest = f"{highest.normalize():f} mg"
    words = (
        f"{taken} doses and {missed} missed in the {days} days to {last:%-d %b %Y}; "
        f"highest {tallest}."
    )
    return DosePlot(bars, width, height, first, last, tallest, words)


def _bar(dose: DoseRecord, first: date, step: float, height: int, highest: float) -> Bar:
    x = round((dose.dose_date - first).days * step, 1)
    day = f"{dose.dose_date:%-d %b}"
    if dose.outcome == DoseOutcome.MISSED:
        return Bar(x, height - 10, round(step - 1, 1), 10, "missed", f"{day}: missed")
    tall = round(max(4.0, float(dose.amount_mg or 0) / highest * (height - 6)), 1)
    kind = "home" if dose.outcome == DoseOutcome.TAKE_HOME else "given"
    return Bar(
        x, round(height - tall, 1), round(step - 1, 1), tall, kind, f"{day}: {dose.dose_words}"
    )


@dataclass(frozen=True)
class Line:
    """One stepped curve: `path` is SVG path data; `number` chooses its color and dashes."""

    number: int
    label: str
    path: str


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class CurvePlot:
    """Share still in treatment (upwards, 0 to 100 %) over days (to the right)."""

    width: int
    height: int
    lines: list[Line]
    days: list[Tick]
    shares: list[Tick]
    marker: float
    words: str


def curve_plot(
    groups: Sequence[GroupRetention], *, marked_day: int, width: int = 760, height: int = 320
) -> CurvePlot | None:
    """The Kaplan-Meier curves of all groups; None if no group has any observation."""
    shown = [group for group in groups if group.curve.points]
    if not shown:
        return None
    longest = max(marked_day, *(group.curve.points[-1].day for group in shown))
    scale = width / longest
    lines = [
        Line(number % 8, group.label, _steps(group.curve.points, scale, height))
        for number, group in enumerate(shown)
    ]
    words = "; ".join(
        f"{group.label}: {group.estimate.retained:.0%} at {marked_day} days"
        for group in shown
        if group.estimate
    )
    return CurvePlot(
        width,
        height,
        lines,
        [Tick(round(day * scale, 1), str(day)) for day in _round_days(longest)],
        [Tick(round(height * (1 - share / 100), 1), f"{share} %") for share in range(0, 101, 25)],
        round(marked_day * scale, 1),
        f"Share still in treatment by days since the start. {words}.",
    )


def _steps(points: Sequence[CurvePoint], scale: float, height: int) -> str:
    parts = ["M0 0"]
    for point in points:
        parts.append(f"H{point.day * scale:.1f}")
        if point.departed:
            parts.append(f"V{height * (1 - point.retained):.1f}")
    return "".join(parts)


def _round_days(longest: int) -> range:
    step = next(step for step in (7, 30, 60, 90, 180, 360, 720, 10**6) if longest / step <= 8)
    return range(0, longest + 1, step)


@dataclass(frozen=True)
class Whisker:
    """A share with its interval, in its own row."""

    label: str
    y: int
    low: float
    at: float
    high: float


@dataclass(frozen=True)
class IntervalPlot:
    """Shares to the right, from 0 to `ticks[-1]`; one row for each group."""

    width: int
    height: int
    rows: list[Whisker]
    ticks: list[Tick]
    words: str


#: Height of a row, and distance from the last row to the axis.
ROW = 52


def interval_plot(shares: Sequence[tuple[str, Share]], *, width: int = 520) -> IntervalPlot | None:
    """A point and its 95 % interval for each group that has one; None if no group has."""
    known = [
        (label, one.share, one.interval)
        for label, one in shares
        if one.share is not None and one.interval is not None
    ]
    if not known:
        return None
    furthest = max(high for _, _, (_, high) in known)
    step = next(step for step in (5, 10, 25) if furthest * 100 <= 4 * step or step == 25)
    most = next(end for end in range(step, 101, step) if end >= furthest * 100 or end == 100)
    scale = width * 100 / most
    rows = [
        Whisker(label, ROW - 12 + ROW * row, *(round(v * scale, 1) for v in (low, share, high)))
        for row, (label, share, (low, high)) in enumerate(known)
    ]
    ticks = [Tick(round(end / 100 * scale, 1), f"{end} %") for end in range(0, most + 1, step)]
    words = "; ".join(
        f"{label}: {share:.1%} (95 % interval {low:.1%} to {high:.1%})"
        for label, share, (low, high) in known
    )
    return IntervalPlot(
        width, ROW * len(rows), rows, ticks, f"Share of appointments missed. {words}."
    )
