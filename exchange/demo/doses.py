"""Synthetic doses by day: a low start, a rise, missed days, take-homes, restarts after gaps.

Rules followed (a clinic may set others): methadone starts at 20 to 30 mg and rises by at most 10
mg, not more often than every three days; three or four missed days halve the dose, five or more
mean a new induction; take-home supplies grow with time in treatment and stay far below the ceiling
of 42 CFR 8.12(i)(3). The clinic gives no doses on Sundays; Saturday's visit covers them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

SATURDAY, SUNDAY = 5, 6
HALVED_AFTER, RESTARTED_AFTER = 3, 5
INJECTION_INTERVAL = 28


class Regimen(StrEnum):
    """The medication arm of a plan."""

    METHADONE = "methadone"
    BUPRENORPHINE = "buprenorphine"
    XR_BUPRENORPHINE = "xr_buprenorphine"
    XR_NALTREXONE = "xr_naltrexone"
    NONE = "none"


class Taken(StrEnum):
    """What happened to one day's dose."""

    OBSERVED = "observed"
    TAKEN_HOME = "taken_home"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class DoseDay:
    """One calendar day's dose in mg; `minute` of the day at which it was recorded."""

    day: date
    mg: int
    taken: Taken
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Titration:
    """Where an oral dose starts, how it rises, and how often the patient misses it."""

    start_mg: int
    step_mg: int
    days_between_steps: int
    target_mg: int
    missing: float
    daily_weeks: int
    thrice_weekly_weeks: int


def titration_for(*, random: Random, regimen: Regimen) -> Titration:
    missing = min(random.expovariate(1 / 0.035), 0.25)
    if regimen is Regimen.METHADONE:
        return Titration(
            start_mg=random.choice((20, 25, 30)),
            step_mg=random.choice((5, 10)),
            days_between_steps=random.choice((3, 4, 5)),
            target_mg=5 * round(min(max(random.gauss(90, 22), 45), 160) / 5),
            missing=missing,
            daily_weeks=random.choice((8, 10, 13)),
            thrice_weekly_weeks=random.choice((8, 12)),
        )
    return Titration(
        start_mg=random.choice((4, 8)),
        step_mg=4,
        days_between_steps=1,
        target_mg=random.choice((12, 16, 16, 16, 20, 24, 24)),
        missing=missing,
        daily_weeks=1,
        thrice_weekly_weeks=4,
    )


def oral_doses(
    *, random: Random, titration: Titration, first: date, last_visit: date, last_recorded: date
) -> Iterator[DoseDay]:
    """Yield every day from `first`: attended until `last_visit`, missed until `last_recorded`."""
    mg, last_step, missed, away = titration.start_mg, 0, 0, False
    for number in range((last_recorded - first).days + 1):
        day = first + timedelta(days=number)
        visited = _is_visit_day(titration=titration, number=number, day=day)
        if day > last_visit:
            away = True
        elif visited:
            away = random.random() < titration.missing * (6 if away else 1)
        if away:
            missed += 1
            yield DoseDay(day, mg, Taken.MISSED, 0)
            continue
        if missed:
            mg, last_step, missed = _after_gap(titration, mg=mg, missed=missed), number, 0
        elif visited and _may_rise(titration, mg=mg, days=number - last_step):
            mg, last_step = min(mg + titration.step_mg, titration.target_mg), number
        taken = Taken.OBSERVED if visited else Taken.TAKEN_HOME
        yield DoseDay(day, mg, taken, 390 + int(random.random() * 240))


def injections(
    *, random: Random, mg: Sequence[int], first: date, last_visit: date, last_recorded: date
) -> Iterator[DoseDay]:
    """Yield one injection every four weeks, some a few days late; the first missed one ends it.

    `mg` are the first doses in order; the last of them is repeated.
    """
    day, number = first, 0
    while day <= last_visit:
        dose = mg[min(number, len(mg) - 1)]
        number += 1
        yield DoseDay(day, dose, Taken.OBSERVED, 540 + int(random.random() * 360))
        late = random.choice((0, 0, 0, 1, 2, 5))
        day = _open_day(day + timedelta(days=INJECTION_INTERVAL + late))
    if day <= last_recorded:
        yield DoseDay(day, mg[-1], Taken.MISSED, 0)


def _is_visit_day(*, titration: Titration, number: int, day: date) -> bool:
    """Whether the dose is taken at the clinic: daily, then three days a week, then weekly."""
    weekday = day.weekday()
    if weekday == SUNDAY:
        return False
    if number < 7 * titration.daily_weeks or number == 0:
        return True
    if number < 7 * (titration.daily_weeks + titration.thrice_weekly_weeks):
        return weekday in (0, 2, 4)
    return weekday == 0


def _may_rise(titration: Titration, *, mg: int, days: int) -> bool:
    return mg < titration.target_mg and days >= titration.days_between_steps


def _after_gap(titration: Titration, *, mg: int, missed: int) -> int:
    if missed >= RESTARTED_AFTER:
        return titration.start_mg
    if missed >= HALVED_AFTER:
        return max(titration.start_mg, mg // 2)
    return mg


def _open_day(day: date) -> date:
    """Return the day, or Monday when it falls on a weekend."""
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() >= SATURDAY else 0)
