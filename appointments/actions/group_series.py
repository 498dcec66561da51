"""Actions on group series: book seats in all sessions, move or cancel all of them.

As with a patient's series: one transaction, all or nothing, and no day is skipped silently.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta

from django.db.models import F

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from appointments.booking_checks import refuse_past, refuse_room
from appointments.check_in_codes import codes_for
from appointments.enums import (
    EXPECTED,
    AppointmentStatus,
    CancelledBy,
    GroupStatus,
    SeriesReach,
)
from appointments.errors import WrongState
from appointments.group_seats import (
    day_in,
    members_of,
    occurrence,
    planned,
    seats_ahead,
    with_members,
)
from appointments.locking import UNCHANGED, Unchanged, check_constraints, defer_constraints, locked
from appointments.models import Appointment, AppointmentSeries, GroupSession, Room
from appointments.recurrence import shifted
from appointments.series_occurrences import changed, continue_series, refuse_conflicts
from appointments.series_preview import Occurrence, Pattern, judged
from common.errors import InvalidInput
from common.time_zones import moment_of
from patients.models import Patient


def book_into_group_series(
    *,
    patient: Patient,
    session: GroupSession,
    leave_out: Collection[date] = (),
    note: str = "",
    now: datetime,
    by: User,
) -> list[Appointment]:
    """Book a seat in `session` and those that follow, except on days of `leave_out`.

    Raises SeriesConflicts, which names every day on which the group is full or the patient is
    booked elsewhere; then no seat is booked.
    """
    require_permission(by, Permission.BOOK, on=patient)
    refuse_past(session.starts_at, now)
    if session.site_id != patient.site_id:
        raise InvalidInput("The patient belongs to another site.", field="patient")
    _refuse_alone(session)
    with locked(patients=[patient.pk]):
        ahead = seats_ahead(session=session, patient=patient, now=now)
        wanted = [one for one in ahead if one.day not in set(leave_out)]
        if not wanted:
            raise InvalidInput("There is no session left to book.", field="leave_out")
        refuse_conflicts([occurrence(one.session, one.problem) for one in wanted])
        codes = codes_for(session.site, len(wanted))
        seats = [
            Appointment(
                patient=patient,
                site=one.session.site,
                type=one.session.type,
                practitioner=one.session.practitioner,
                room=one.session.room,
                group_session=one.session,
                mode=one.session.mode,
                starts_at=one.session.starts_at,
                ends_at=one.session.ends_at,
                note=note.strip(),
                check_in_code=code,
                held_since=now,
                recorded_at=now,
            )
            for one, code in zip(wanted, codes, strict=True)
        ]
        Appointment.objects.bulk_create(seats)
        for seat in seats:
            detail = {"session": seat.group_session_id, "series": session.series_id}
            record(AuditAction.BOOK_INTO_GROUP, on=seat, now=now, by=by, detail=detail)
    return seats


def move_group_series(
    *,
    session: GroupSession,
    reach: SeriesReach,
    starts_time: time | None = None,
    days_later: int = 0,
    practitioner: User | None = None,
    room: Room | Unchanged | None = UNCHANGED,
    now: datetime,
    by: User,
) -> AppointmentSeries:
    """Change time, day, practitioner or room of `session` and those that follow, or of all.

    All their patients move with them, and their reminders restart. A session that was moved alone
    before keeps its own time, except `session`. Raises SeriesConflicts, also if one of the patients
    is booked elsewhere then, or WrongState if `session` was changed since it was read; then nothing
    has moved.
    """
    require_permission(by, Permission.BOOK, on=session)
    with locked(series=[session.series_id]):
        old, sessions = _sessions_to_change(session, reach, now)
        pattern = changed(old, starts_time, practitioner, room)
        refuse_room(pattern.room, old.site, max(one.capacity for one in sessions))
        with _lock_all(sessions, old, pattern):
            # Read again under the locks: sessions or seats may have changed while this waited.
            old, sessions = _sessions_to_change(session, reach, now)
            series, theirs = _move_all(session, old, sessions, pattern, days_later, reach, now)
        record(
            AuditAction.MOVE_GROUP_SERIES,
            on=series,
            now=now,
            by=by,
            detail={"sessions": len(theirs)},
        )
        _record_seats(theirs, AuditAction.MOVE_APPOINTMENT, now, by)
    return series


def _lock_all(
    sessions: list[GroupSession], old: AppointmentSeries, pattern: Pattern
) -> AbstractContextManager[None]:
    """Lock all patients of the sessions, and their practitioners and rooms before and after."""
    members = members_of(sessions)
    return locked(
        patients={one for those in members.values() for one in those},
        practitioners=[
            old.practitioner_id,
            pattern.practitioner.pk,
            *(one.practitioner_id for one in sessions),
        ],
        rooms=[
            old.room_id,
            pattern.room.pk if pattern.room else None,
            *(one.room_id for one in sessions),
        ],
    )


def _move_all(
    session: GroupSession,
    old: AppointmentSeries,
    sessions: list[GroupSession],
    pattern: Pattern,
    days_later: int,
    reach: SeriesReach,
    now: datetime,
) -> tuple[AppointmentSeries, list[GroupSession]]:
    """Return the sessions that moved and their series.

    Sessions that keep their own time count for a day `days_later`, too.
    """
    rule = shifted(old.rule, days_later)
    by_day = {day_in(one) + timedelta(days=days_later): one for one in sessions}
    theirs = {
        day: one
        for day, one in by_day.items()
        if one.pk == session.pk or not _moved_alone(one, old)
    }
    zone = old.site.time_zone
    starts = {day: moment_of(day, pattern.starts_time, zone) for day in theirs}
    moving = list(theirs.values())
    found = judged(pattern, starts, sessions=[one.pk for one in moving], now=now)
    refuse_conflicts(with_members(found, theirs, members_of(moving)))
    places = {one.day: one for one in found}
    series = continue_series(old, pattern, rule, by_day, days_later, reach, now)
    defer_constraints()
    # From the far end, so that no session moves to a day that another of them still has.
    for day in sorted(by_day, reverse=days_later > 0):
        if day in places:
            _move(by_day[day], places[day], series, now)
        else:
            GroupSession.objects.filter(pk=by_day[day].pk).update(series=series, series_date=day)
    check_constraints()
    return series, moving


def cancel_group_series(
    *, session: GroupSession, reach: SeriesReach, reason: str, now: datetime, by: User
) -> AppointmentSeries:
    """Cancel `session` and those that follow, or all to come, with every seat, by the clinic.

    Raises InvalidInput without a reason, WrongState if `session` was changed since it was read.
    """
    require_permission(by, Permission.BOOK, on=session)
    if not reason.strip():
        raise InvalidInput("Enter the reason for canceling.", field="reason")
    with locked(series=[session.series_id]):
        series, sessions = _sessions_to_change(session, reach, now)
        with locked(patients={one for those in members_of(sessions).values() for one in those}):
            _cancel_all(sessions, reason.strip(), now, by)
        series.ends_before = min(map(day_in, sessions))
        series.save(update_fields=["ends_before"])
        detail = {"sessions": len(sessions)}
        record(AuditAction.CANCEL_GROUP_SERIES, on=series, now=now, by=by, detail=detail)
    return series


def _cancel_all(sessions: list[GroupSession], reason: str, now: datetime, by: User) -> None:
    _record_seats(sessions, AuditAction.CANCEL_APPOINTMENT, now, by)
    ids = [one.pk for one in sessions]
    Appointment.objects.filter(group_session__in=ids, status__in=EXPECTED).update(
        status=AppointmentStatus.CANCELLED,
        cancelled_by=CancelledBy.CLINIC,
        cancel_reason=reason,
        version=F("version") + 1,
    )
    done = GroupSession.objects.filter(pk__in=ids, status=GroupStatus.PLANNED).update(
        status=GroupStatus.CANCELLED, version=F("version") + 1
    )
    if done != len(ids):
        raise WrongState


def _refuse_alone(session: GroupSession) -> None:
    if session.series_id is None:
        raise InvalidInput(
            "This session does not repeat.", remedy="Book, move or cancel this session only."
        )


def _sessions_to_change(
    session: GroupSession, reach: SeriesReach, now: datetime
) -> tuple[AppointmentSeries, list[GroupSession]]:
    """Return the series, and its sessions still to come that `reach` covers.

    Runs under the lock of the series. Raises WrongState if `session` was changed since the caller
    read it.
    """
    _refuse_alone(session)
    if reach == SeriesReach.ONE:
        raise InvalidInput(
            "Choose which sessions.",
            remedy="Choose all later sessions or the whole series. To change only this session, use Move or Cancel on the session.",
        )
    read = {"series": session.series_id, "version": session.version}
    if not GroupSession.objects.filter(pk=session.pk, **read).exists():
        raise WrongState
    sessions = list(planned(session, reach, now))
    if session.pk not in {one.pk for one in sessions}:
        raise WrongState
    rows = AppointmentSeries.objects.select_related("site", "type", "practitioner", "room")
    return rows.get(group_sessions=session), sessions


def _moved_alone(session: GroupSession, series: AppointmentSeries) -> bool:
    zone = series.site.time_zone
    return session.starts_at != moment_of(day_in(session), series.starts_time, zone)


def _move(session: GroupSession, to: Occurrence, series: AppointmentSeries, now: datetime) -> None:
    """Move the session only if it is unchanged, then its seats, which must be at its time."""
    as_read = GroupSession.objects.filter(
        pk=session.pk, status=GroupStatus.PLANNED, version=session.version
    )
    done = as_read.update(
        series=series,
        series_date=to.day,
        starts_at=to.starts_at,
        ends_at=to.ends_at,
        practitioner=series.practitioner,
        room=series.room,
        version=F("version") + 1,
    )
    seats = Appointment.objects.filter(group_session=session.pk)
    if not done or seats.filter(status=AppointmentStatus.ARRIVED).exists():
        raise WrongState
    seats.filter(status__in=EXPECTED).update(
        status=AppointmentStatus.BOOKED,
        starts_at=to.starts_at,
        ends_at=to.ends_at,
        practitioner=series.practitioner,
        room=series.room,
        held_since=now,
        version=F("version") + 1,
    )


def _record_seats(sessions: list[GroupSession], what: AuditAction, now: datetime, by: User) -> None:
    """Write an audit entry for each patient who was expected."""
    seats = Appointment.objects.filter(
        group_session__in=[one.pk for one in sessions], status__in=EXPECTED
    )
    for seat in seats.select_related("site"):
        record(what, on=seat, now=now, by=by, detail={"session": seat.group_session_id})
