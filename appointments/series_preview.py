"""Preview of a series: every day with its conflict, shown before anything is booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from access.models import Site, User
from appointments.availability import (
    held_time,
    load_busy_times,
    patient_held,
    touches,
    why_not_open,
)
from appointments.errors import InThePast, PatientBusy, RoomTaken, SlotTaken
from appointments.intervals import Interval, seconds
from appointments.models import AppointmentType, Room
from appointments.recurrence import days_of
from common.errors import Conflict, InvalidInput
from common.time_zones import day_of, moment_of
from patients.models import Patient


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What is the same in every visit of a series; `starts_time` is by the site's clock."""

    site: Site
    type: AppointmentType
    practitioner: User
    room: Room | None
    patient: Patient | None
    starts_time: time
    minutes: int
    buffer_minutes: int


@dataclass(frozen=True)
class Occurrence:
    """One day of a series; `problem` says why it cannot be booked, None if it can."""

    day: date
    starts_at: datetime
    ends_at: datetime
    problem: Conflict | InvalidInput | None = None

    @property
    def why(self) -> str:
        return self.problem.message if self.problem else ""


def propose_series(
    *,
    pattern: Pattern,
    rule: str,
    start_date: date,
    moved: Mapping[date, datetime] | None = None,
    now: datetime,
) -> list[Occurrence]:
    """List every day that the rule makes, at its time or at that of `moved`, with its conflict.

    Runs a constant number of queries, for a series of any length. Raises InvalidInput for an
    invalid rule.
    """
    days = days_of(rule, start_date)
    strange = sorted(set(moved or ()) - set(days))
    if strange:
        raise InvalidInput(
            f"The series has no appointment on {strange[0]:%-d %b %Y}.", field="moved"
        )
    zone = pattern.site.time_zone
    starts = {day: moment_of(day, pattern.starts_time, zone) for day in days} | dict(moved or {})
    return judged(pattern, starts, now=now)


def judged(
    pattern: Pattern,
    starts: Mapping[date, datetime],
    *,
    ignoring: Sequence[int] = (),
    sessions: Sequence[int] = (),
    now: datetime,
) -> list[Occurrence]:
    """Return an occurrence with its conflict for each of `starts`.

    The time held by the visits `ignoring` and the group `sessions` (ids) is left out, because they
    are about to move.
    """
    zone = pattern.site.time_zone
    reach = [day_of(moment, zone) for moment in starts.values()]
    found = load_busy_times(
        site=pattern.site,
        practitioners=[pattern.practitioner.pk],
        from_date=min(reach),
        until_date=max(reach) + timedelta(days=2),
        ignoring=ignoring,
        sessions=sessions,
    )
    of_room: list[Interval] = []
    if pattern.room is not None:
        rows = held_time(
            Q(room=pattern.room), "room_id", found.window, ignoring=ignoring, sessions=sessions
        )
        of_room = [(begin, end) for _, begin, end in rows]
    of_patient: list[Interval] = []
    if pattern.patient is not None:
        of_patient = patient_held(pattern.patient, found.window, ignoring=ignoring)

    def problem(begin: datetime, end: datetime) -> Conflict | InvalidInput | None:
        visit = (seconds(begin), seconds(end))
        kept = (visit[0], visit[1] + pattern.buffer_minutes * 60)
        if begin <= now:
            return InThePast()
        closed = why_not_open(found, pattern.practitioner.pk, visit)
        if closed is not None:
            return closed
        if touches(found.held.get(pattern.practitioner.pk, ()), kept):
            return SlotTaken()
        if touches(of_room, kept):
            return RoomTaken()
        return PatientBusy() if touches(of_patient, visit) else None

    length = timedelta(minutes=pattern.minutes)
    return [
        Occurrence(day, begin, begin + length, problem(begin, begin + length))
        for day, begin in sorted(starts.items())
    ]
