"""Seats of group sessions: who has one, and conflicts of a further seat or another time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet

from appointments.enums import HOLDING, GroupStatus, SeriesReach
from appointments.errors import GroupFull, PatientBusy
from appointments.models import Appointment, GroupSession
from appointments.series_preview import Occurrence
from common.errors import Conflict
from common.time_zones import day_of
from patients.models import Patient


@dataclass(frozen=True)
class SeatAhead:
    """A session still to come, with the conflict of a seat in it; None if there is none."""

    session: GroupSession
    day: date
    problem: Conflict | None = None

    @property
    def why(self) -> str:
        return self.problem.message if self.problem else ""


def seats_ahead(*, session: GroupSession, patient: Patient, now: datetime) -> list[SeatAhead]:
    """List `session` and those that follow in its series, without those the patient is in.

    Two queries for any number of sessions.
    """
    rows = planned(session, SeriesReach.FOLLOWING, now)
    rows = rows.exclude(appointments__in=patient.appointments.filter(status__in=HOLDING))
    sessions = list(rows)
    held = _booked_times([patient.pk], sessions)
    return [
        SeatAhead(one, day_in(one), _seat_conflict(one, held.get(patient.pk, ())))
        for one in sessions
    ]


def planned(session: GroupSession, reach: SeriesReach, now: datetime) -> QuerySet[GroupSession]:
    """Return the planned sessions of the series still to come that `reach` covers."""
    rows = GroupSession.objects.filter(
        series=session.series_id, status=GroupStatus.PLANNED, starts_at__gt=now
    )
    if reach == SeriesReach.FOLLOWING:
        rows = rows.filter(series_date__gte=session.series_date)
    return rows.select_related("site", "type", "practitioner", "room").order_by("series_date")


def day_in(session: GroupSession) -> date:
    """Return the day for which the series made the session, even if it was moved since."""
    return session.series_date or day_of(session.starts_at, session.site.time_zone)


def occurrence(session: GroupSession, problem: Conflict | None) -> Occurrence:
    return Occurrence(day_in(session), session.starts_at, session.ends_at, problem)


def _seat_conflict(
    session: GroupSession, held: Iterable[tuple[datetime, datetime]]
) -> Conflict | None:
    if session.seats_free < 1:
        return GroupFull()
    taken = any(begin < session.ends_at and session.starts_at < end for begin, end in held)
    return PatientBusy() if taken else None


def members_of(sessions: list[GroupSession]) -> dict[int, set[int]]:
    """Return the patients with a seat, by session; one query."""
    seats = Appointment.objects.filter(
        group_session__in=[one.pk for one in sessions], status__in=HOLDING
    )
    found: dict[int, set[int]] = defaultdict(set)
    for pk, patient in seats.values_list("group_session_id", "patient_id"):
        found[pk].add(patient)
    return found


def _booked_times(
    patients: Collection[int],
    around: Iterable[GroupSession | Occurrence],
    *,
    ignoring: Collection[int] = (),
) -> dict[int, list[tuple[datetime, datetime]]]:
    """Return the times that the patients are booked in the span of `around`; one query.

    Seats in the sessions `ignoring` are left out.
    """
    spans = [(one.starts_at, one.ends_at) for one in around]
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    if not spans or not patients:
        return found
    visits = Appointment.objects.filter(
        patient__in=patients,
        status__in=HOLDING,
        starts_at__lt=max(end for _, end in spans),
        ends_at__gt=min(begin for begin, _ in spans),
    )
    if ignoring:
        visits = visits.exclude(group_session__isnull=False, group_session__in=ignoring)
    for patient, begin, end in visits.values_list("patient_id", "starts_at", "ends_at"):
        found[patient].append((begin, end))
    return found


def with_members(
    found: list[Occurrence], by_day: dict[date, GroupSession], members: dict[int, set[int]]
) -> list[Occurrence]:
    """Add PatientBusy to each day on which a patient of the group is booked elsewhere."""
    people = {one for those in members.values() for one in those}
    held = _booked_times(people, found, ignoring=[one.pk for one in by_day.values()])

    def is_busy(day: Occurrence, patient: int) -> bool:
        return any(
            begin < day.ends_at and day.starts_at < end for begin, end in held.get(patient, ())
        )

    return [
        replace(day, problem=PatientBusy())
        if day.problem is None and any(is_busy(day, one) for one in members[by_day[day.day].pk])
        else day
        for day in found
    ]
