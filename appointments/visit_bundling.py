"""Find free times on days on which the patient comes anyway, closest to when they are there.

Bus fares and work shifts are reasons for missed visits, so counseling, a test or a review is
proposed on a day of a dose or another visit. The dose ledger and the calendar give the days; the
reason is shown only to users who may see doses.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from access.actor import Actor
from access.authz.policy import can
from access.enums import Permission
from access.models import User
from appointments.availability import FreeTime, free_times
from appointments.enums import HOLDING
from appointments.models import Appointment, AppointmentType
from common.errors import InvalidInput
from common.time_zones import day_bounds, day_of, moment_of
from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from dispensary.queries import orders_on
from patients.models import Patient

#: A weekday on which a dose was taken here in two of the last four weeks is a dose day.
WEEKS_BACK, TIMES_OFTEN = 4, 2
LONGEST = timedelta(days=62)
MOST_CONSIDERED = 20_000
ANYWAY, DOSE, VISIT = "Comes that day anyway", "Comes for the dose", "Comes for another appointment"


@dataclass(frozen=True)
class OneTripDay:
    """A day with free times; `at` is when the patient is there; `times` has the nearest first."""

    day: date
    why: str
    at: datetime
    times: Sequence[FreeTime]


def one_trip_days(
    *,
    patient: Patient,
    type: AppointmentType,
    from_date: date,
    until_date: date,
    practitioners: Sequence[User] | None = None,
    now: datetime,
    user: Actor,
    most: int = 3,
) -> list[OneTripDay]:
    """List the days in [from_date, until_date) that have free times, with up to `most` each.

    Raises InvalidInput if the range is empty or too long.
    """
    if not from_date < until_date <= from_date + LONGEST:
        raise InvalidInput(f"Choose a period of one to {LONGEST.days} days.", field="until_date")
    there = _days_present(patient, from_date, until_date, now, user)
    zone = patient.site.time_zone
    by_day: dict[date, list[FreeTime]] = defaultdict(list)
    for found in free_times(
        site=patient.site,
        type=type,
        from_date=from_date,
        until_date=until_date,
        practitioners=practitioners,
        patient=patient,
        now=now,
        most=MOST_CONSIDERED,
    ):
        by_day[day_of(found.starts_at, zone)].append(found)
    days = []
    for day, (why, begins, ends) in sorted(there.items()):
        near = sorted(
            by_day.get(day, ()), key=lambda one: (_waiting_time(one, begins, ends), one.starts_at)
        )
        if near:
            days.append(OneTripDay(day, why, begins, near[:most]))
    return days


def days_there(
    *, patient: Patient, from_date: date, until_date: date, now: datetime, user: Actor
) -> dict[date, str]:
    """Return the days in [from_date, until_date) on which the patient comes, with the reason.

    For services without an appointment of their own, such as a drug test.
    """
    there = _days_present(patient, from_date, until_date, now, user)
    return {day: why for day, (why, _, _) in sorted(there.items())}


def _days_present(
    patient: Patient, from_date: date, until_date: date, now: datetime, user: Actor
) -> dict[date, tuple[str, datetime, datetime]]:
    doses = _dose_days(patient, from_date, until_date, now, user)
    return doses | _visit_days(patient, from_date, until_date)


def _waiting_time(one: FreeTime, begins: datetime, ends: datetime) -> timedelta:
    """Return the wait between a free time and the time that the patient is there anyway."""
    return max(one.starts_at - ends, begins - one.ends_at, timedelta())


def _visit_days(
    patient: Patient, from_date: date, until_date: date
) -> dict[date, tuple[str, datetime, datetime]]:
    zone = patient.site.time_zone
    visits = Appointment.objects.filter(
        patient=patient,
        status__in=HOLDING,
        starts_at__gte=day_bounds(from_date, zone)[0],
        starts_at__lt=day_bounds(until_date, zone)[0],
    ).order_by("-starts_at")
    return {day_of(one.starts_at, zone): (VISIT, one.starts_at, one.ends_at) for one in visits}


def _dose_days(
    patient: Patient, from_date: date, until_date: date, now: datetime, user: Actor
) -> dict[date, tuple[str, datetime, datetime]]:
    """Return days with an active order and no take-home dose, on the usual weekdays of dosing."""
    zone = patient.site.time_zone
    today = day_of(now, zone)
    may_know = can(user, Permission.SEE_DOSES, on=patient)
    rows = _ledger(patient, today - timedelta(weeks=WEEKS_BACK), until_date, may_know)
    taken = [row for row in rows if row.outcome == DoseOutcome.GIVEN and row.dose_date <= today]
    often = Counter(row.dose_date.weekday() for row in taken)
    at_home = {row.dose_date for row in rows if row.outcome == DoseOutcome.TAKE_HOME}
    if not taken or not _is_ordered(patient, today):
        return {}
    clock = _usual_clock(taken, zone)
    why = DOSE if may_know else ANYWAY
    days = {}
    for number in range((until_date - from_date).days):
        day = from_date + timedelta(days=number)
        if day >= today and day not in at_home and often[day.weekday()] >= TIMES_OFTEN:
            at = moment_of(day, clock, zone)
            days[day] = (why, at, at)
    return days


def _ledger(patient: Patient, since: date, until: date, may_know: bool) -> list[Any]:
    """Load whole rows, which the audit trail lists as read, only if the user may see doses.

    Otherwise load only the values needed for the calculation.
    """
    rows = DoseRecord.objects.effective().filter(
        patient=patient, dose_date__gte=since, dose_date__lt=until
    )
    if may_know:
        return list(rows)
    return list(rows.values_list("dose_date", "outcome", "recorded_at", named=True))


def _is_ordered(patient: Patient, today: date) -> bool:
    return any(
        orders_on(episode=episode, day=today)
        for episode in patient.episodes.filter(discharge_date__isnull=True)
    )


def _usual_clock(taken: list[Any], zone: str) -> time:
    """Return the median time of day at which doses were recorded."""
    minutes = [
        local.hour * 60 + local.minute
        for local in (row.recorded_at.astimezone(ZoneInfo(zone)) for row in taken)
    ]
    hour, minute = divmod(int(median(minutes)), 60)
    return time(hour, minute)
