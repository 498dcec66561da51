"""Recurrence rules (RFC 5545, 3.3.10), parsed by dateutil, and the days that they make.

A rule counts days; the clock time is stored beside it, so that a visit at nine o'clock stays at
nine when clocks change. A clock time that does not exist that night counts as that much later, and
one that comes twice is the first, as 3.3.5 of the RFC says and `common.time_zones.moment_of` does.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from itertools import islice

from dateutil.rrule import rrulestr

from common.errors import InvalidInput

#: All rows of a series are made at once, so a series has an end.
LONGEST, MOST = timedelta(days=366), 104
#: Allowed parts of a rule for each frequency. No others, so that finding the days stays fast.
ALWAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
ALLOWED = {
    "DAILY": ALWAYS,
    "WEEKLY": ALWAYS | {"BYDAY"},
    "MONTHLY": ALWAYS | {"BYDAY", "BYMONTHDAY"},
}
DAYS = {
    "WEEKLY": r"(MO|TU|WE|TH|FR|SA|SU)",
    "MONTHLY": r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)",
}
MONTH_DAY = r"-?([1-9]|[12]\d|3[01])"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def days_of(rule: str, start_date: date) -> list[date]:
    """Return the days of `rule` from `start_date` on: at most a year and 104 days.

    A rule without an end runs for a year. Raises InvalidInput.
    """
    parts = _parts(rule)
    count = _number(parts.pop("COUNT", None), "COUNT", most=MOST)
    until = _until(parts.pop("UNTIL", None))
    horizon = start_date + LONGEST - timedelta(days=1)
    if count and until:
        raise InvalidInput("A rule can have COUNT or UNTIL, not both.", field="rule")
    if until and until > horizon:
        raise _too_long()
    parts["UNTIL"] = f"{until or horizon:%Y%m%d}T000000"
    found = _expand(";".join(f"{name}={value}" for name, value in parts.items()), start_date, count)
    if not found:
        raise InvalidInput("No date matches this rule.", field="rule")
    if len(found) > MOST or (count and len(found) < count):
        raise _too_long()
    return found


def _expand(rule: str, start_date: date, count: int | None) -> list[date]:
    try:
        made = rrulestr(rule, dtstart=datetime.combine(start_date, time.min))
        return [moment.date() for moment in islice(made, count or MOST + 1)]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as problem:
        raise _not_understood() from problem


def shifted(rule: str, days: int) -> str:
    """Shift the weekdays of a weekly rule: MO becomes TU. Raises InvalidInput for other rules."""
    parts = _parts(rule)
    if days % 7 and parts["FREQ"] != "WEEKLY":
        raise InvalidInput(
            "Only a weekly series can be moved to another day.",
            remedy="Cancel the later appointments and book a new series.",
            field="days_later",
        )
    if "BYDAY" in parts:
        named = [WEEKDAYS[(WEEKDAYS.index(day) + days) % 7] for day in parts["BYDAY"].split(",")]
        parts["BYDAY"] = ",".join(sorted(named, key=WEEKDAYS.index))
    return ";".join(f"{name}={value}" for name, value in parts.items())


def ending(rule: str, last: date) -> str:
    """Return the rule with `last` as its last day."""
    parts = {name: value for name, value in _parts(rule).items() if name not in {"COUNT", "UNTIL"}}
    return ";".join(
        f"{name}={value}" for name, value in {**parts, "UNTIL": f"{last:%Y%m%d}"}.items()
    )


def _parts(rule: str) -> dict[str, str]:
    """Split a rule into names and values. Raises InvalidInput for what is not allowed."""
    text = rule.strip().upper().removeprefix("RRULE:")
    pairs = [part.partition("=") for part in text.split(";") if part]
    parts = {name: value for name, _, value in pairs}
    frequency = parts.get("FREQ", "")
    if len(parts) != len(pairs) or not set(parts) <= ALLOWED.get(frequency, frozenset()):
        raise _not_understood()
    if {"BYDAY", "BYMONTHDAY"} <= set(parts):
        raise _not_understood()
    for name, pattern in (("BYDAY", DAYS.get(frequency, "")), ("BYMONTHDAY", MONTH_DAY)):
        if name in parts and not re.fullmatch(f"{pattern}(,{pattern}){{0,30}}", parts[name]):
            raise _not_understood()
    if parts.get("WKST", "MO") not in WEEKDAYS:
        raise _not_understood()
    _number(parts.get("INTERVAL"), "INTERVAL", most=52)
    return parts


def _until(text: str | None) -> date | None:
    """Return UNTIL as a day, which is included."""
    if text is None:
        return None
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as problem:
        raise _not_understood() from problem


def _number(text: str | None, name: str, most: int) -> int | None:
    if text is None:
        return None
    if not (text.isdigit() and 1 <= int(text) <= most):
        raise InvalidInput(f"{name} must be between 1 and {most}.", field="rule")
    return int(text)


def _too_long() -> InvalidInput:
    return InvalidInput(
        f"A series can last at most one year and have at most {MOST} appointments.",
        remedy="Choose an earlier end, and book another series after it.",
        field="rule",
    )


def _not_understood() -> InvalidInput:
    return InvalidInput(
        "This rule cannot be read.",
        remedy="Use a daily, weekly or monthly rule such as FREQ=WEEKLY;BYDAY=MO,WE;COUNT=12 (RFC 5545).",
        field="rule",
    )
