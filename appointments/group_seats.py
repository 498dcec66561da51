"""Who sits in the sessions of a group, and what stands against one more seat or another time."""

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
    """A session still to come, and what stands against a seat in it: None if nothing does."""

    session: GroupSession
    day: date
    problem: Conflict | None = None

    @property
    def why(self) -> str:
        return self.problem.message if self.problem else ""


def seats_ahead(*, session: GroupSession, patient: Patient, now: datetime) -> list[SeatAhead]:
    """`session` and those that follow in its series, without those in which the patient sits already.

    Two reads, however many there are.
    """
    rows = planned(session, SeriesReach.FOLLOWING, now)
    rows = rows.exclude(appointments__in=patient.appointments.filter(status__in=HOLDING))
    sessions = list(rows)
    held = _held([patient.pk], sessions)
    return [
        SeatAhead(one, day_in(one), _against(one, held.get(patient.pk, ()))) for one in sessions
    ]


def planned(session: GroupSession, reach: SeriesReach, now: datetime) -> QuerySet[GroupSession]:
    rows = GroupSession.objects.filter(
        series=session.series_id, status=GroupStatus.PLANNED, starts_at__gt=now
    )
    if reach == SeriesReach.FOLLOWING:
        rows = rows.filter(series_date__gte=session.series_date)
    return rows.select_related("site", "type", "practitioner", "room").order_by("series_date")


def day_in(session: GroupSession) -> date:
    """The day for which the series made it, wherever it has been moved since."""
    return session.series_date or day_of(session.starts_at, session.site.time_zone)


def occurrence(session: GroupSession, problem: Conflict | None) -> Occurrence:
    return Occurrence(day_in(session), session.starts_at, session.ends_at, problem)


def _against(session: GroupSession, held: Iterable[tuple[datetime, datetime]]) -> Conflict | None:
    if session.seats_free < 1:
        return GroupFull()
    taken = any(begin < session.ends_at and session.starts_at < end for begin, end in held)
    return PatientBusy() if taken else None


def members_of(sessions: list[GroupSession]) -> dict[int, set[int]]:
    """Who holds a seat, by session. One read."""
    seats = Appointment.objects.filter(
        group_session__in=[one.pk for one in sessions], status__in=HOLDING
    )
    found: dict[int, set[int]] = defaultdict(set)
    for pk, patient in seats.values_list("group_session_id", "patient_id"):
        found[pk].add(patient)
    return found


def _held(
    patients: Collection[int],
    around: Iterable[GroupSession | Occurrence],
    *,
    ignoring: Collection[int] = (),
) -> dict[int, list[tuple[datetime, datetime]]]:
    """When those patients are held in the time that `around` spans, without seats in `ignoring`. One read."""
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
    """Each day, with what stands against it on the side of those who sit in the group."""
    people = {one for those in members.values() for one in those}
    held = _held(people, found, ignoring=[one.pk for one in by_day.values()])

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
