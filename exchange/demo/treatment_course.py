"""The course of one synthetic patient's treatment: episodes, reasons for leaving, events.

How long people stay follows a Weibull curve per medication, set to the 24-week retention of trials:
74 % on methadone and 46 % on buprenorphine (Hser 2014), 47 % on extended-release naltrexone (Lee
2018); the rest is plausible, not measured.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from exchange.demo.doses import SATURDAY, DoseDay, Regimen, injections, oral_doses, titration_for
from exchange.demo.people import draw
from patients.enums import DischargeReason

WINDOW_DAYS = 365
REGIMENS = {
    Regimen.METHADONE: 50,
    Regimen.BUPRENORPHINE: 24,
    Regimen.XR_BUPRENORPHINE: 7,
    Regimen.XR_NALTREXONE: 7,
    Regimen.NONE: 12,
}
# Weibull scale in days; with this shape, S(168) is the figure named above.
SHAPE = 0.8
SCALE = {
    Regimen.METHADONE: 753,
    Regimen.BUPRENORPHINE: 230,
    Regimen.XR_BUPRENORPHINE: 390,
    Regimen.XR_NALTREXONE: 235,
    Regimen.NONE: 160,
}
REASONS = {
    DischargeReason.DROPPED_OUT: 58,
    DischargeReason.COMPLETED: 12,
    DischargeReason.TRANSFERRED: 10,
    DischargeReason.INCARCERATED: 9,
    DischargeReason.TERMINATED: 5,
    DischargeReason.OTHER: 4,
    DischargeReason.DEATH: 2,
}
MAY_RETURN = {DischargeReason.DROPPED_OUT, DischargeReason.INCARCERATED}
DAYS_BEFORE_DISCHARGE = 14
RETURN_SHARE = 0.35
SAME_REGIMEN_SHARE = 0.7
BEHAVIORAL_SHARE = 0.72
RETURNS_TO_USE_PER_DAY = 1 / 220
OVERDOSE_SHARE = 0.06
# Labels: 300, 300, then 100 mg monthly; 380 mg every four weeks.
INJECTION_MG = {Regimen.XR_BUPRENORPHINE: (300, 300, 100), Regimen.XR_NALTREXONE: (380,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One episode. `last_visit` is the last day the patient came; `end` is None while open."""

    start: date
    last_visit: date
    end: date | None
    reason: DischargeReason | None
    regimen: Regimen
    has_behavioral_arm: bool
    doses: tuple[DoseDay, ...]
    returns_to_use: tuple[date, ...]
    overdoses: tuple[date, ...]


def imagine_course(*, random: Random, today: date) -> list[Stay]:
    """Invent one or more episodes within the year that ends `today`."""
    start = _weekday(today - timedelta(days=int(random.random() * WINDOW_DAYS)))
    regimen = draw(random, REGIMENS)
    stays = [_stay(random=random, start=start, regimen=regimen, today=today)]
    while (again := _return_date(random=random, stay=stays[-1])) and again <= today:
        regimen = regimen if random.random() < SAME_REGIMEN_SHARE else draw(random, REGIMENS)
        stays.append(_stay(random=random, start=again, regimen=regimen, today=today))
    return stays


def _stay(*, random: Random, start: date, regimen: Regimen, today: date) -> Stay:
    behavioral = regimen is Regimen.NONE or random.random() < BEHAVIORAL_SHARE
    scale = SCALE[regimen] * (1.1 if behavioral else 0.85)
    last_visit = start + timedelta(days=int(random.weibullvariate(scale, SHAPE)))
    reason = draw(random, REASONS)
    unnoticed = DAYS_BEFORE_DISCHARGE if reason is DischargeReason.DROPPED_OUT else 0
    end = last_visit + timedelta(days=unnoticed)
    still_open = end > today
    seen_until = min(last_visit, today)
    returns = _returns_to_use(random=random, start=start, last=seen_until)
    return Stay(
        start=start,
        last_visit=seen_until,
        end=None if still_open else end,
        reason=None if still_open else reason,
        regimen=regimen,
        has_behavioral_arm=behavioral,
        doses=_doses(
            random=random, regimen=regimen, start=start, last=seen_until, until=min(end, today)
        ),
        returns_to_use=returns,
        overdoses=tuple(day for day in returns if random.random() < OVERDOSE_SHARE),
    )


def _doses(
    *, random: Random, regimen: Regimen, start: date, last: date, until: date
) -> tuple[DoseDay, ...]:
    if regimen is Regimen.NONE:
        return ()
    if regimen in INJECTION_MG:
        mg = INJECTION_MG[regimen]
        given = injections(random=random, mg=mg, first=start, last_visit=last, last_recorded=until)
        return tuple(given)
    titration = titration_for(random=random, regimen=regimen)
    return tuple(
        oral_doses(
            random=random, titration=titration, first=start, last_visit=last, last_recorded=until
        )
    )


def _returns_to_use(*, random: Random, start: date, last: date) -> tuple[date, ...]:
    days: list[date] = []
    day = start + timedelta(days=1 + int(random.expovariate(RETURNS_TO_USE_PER_DAY)))
    while day <= last:
        days.append(day)
        day += timedelta(days=7 + int(random.expovariate(RETURNS_TO_USE_PER_DAY)))
    return tuple(days)


def _return_date(*, random: Random, stay: Stay) -> date | None:
    if stay.end is None or stay.reason not in MAY_RETURN or random.random() > RETURN_SHARE:
        return None
    return _weekday(stay.end + timedelta(days=14 + int(random.expovariate(1 / 50))))


def _weekday(day: date) -> date:
    """Return the day, or the Friday before a weekend: admissions are on working days."""
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))
