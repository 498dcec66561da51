"""Actions on series: all visits in one transaction, or none. No day is skipped silently."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import F

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from appointments.booking_checks import (
    mode_for,
    refuse_practitioner,
    refuse_room,
    refuse_slot,
    seats_of,
)
from appointments.check_in_codes import codes_for
from appointments.enums import (
    EXPECTED,
    AppointmentStatus,
    CancelledBy,
    SeriesReach,
    VisitMode,
)
from appointments.errors import WrongState
from appointments.locking import UNCHANGED, Unchanged, check_constraints, defer_constraints, locked
from appointments.models import Appointment, AppointmentSeries, AppointmentType, GroupSession, Room
from appointments.recurrence import shifted
from appointments.series_occurrences import (
    begin,
    changed,
    continue_series,
    pattern_of,
    place,
    refuse_conflicts,
)
from appointments.series_preview import Occurrence, Pattern, judged, propose_series
from common.errors import InvalidInput
from common.time_zones import day_of, moment_of
from patients.models import Patient


def book_series(
    *,
    patient: Patient,
    site: Site,
    type: AppointmentType,
    practitioner: User,
    rule: str,
    start_date: date,
    starts_time: time,
    room: Room | None = None,
    mode: VisitMode | None = None,
    note: str = "",
    leave_out: Collection[date] = (),
    moved: Mapping[date, datetime] | None = None,
    now: datetime,
    by: User,
) -> AppointmentSeries:
    """Book every visit that the rule makes, except `leave_out`; those of `moved` at other times.

    Raises SeriesConflicts, which names every day that cannot be booked; then nothing is booked.
    """
    require_permission(by, Permission.BOOK, on=patient)
    refuse_slot(patient.site_id, site, practitioner, type, now + timedelta(seconds=1), now)
    refuse_room(room, site)
    pattern = pattern_of(site, type, practitioner, room, patient, starts_time)
    with locked(
        patients=[patient.pk],
        practitioners=[practitioner.pk],
        rooms=[room.pk if room else None],
    ):
        days = _all_or_none(pattern, rule, start_date, leave_out, moved, now)
        series = begin(pattern, mode_for(type, mode), rule, start_date, now)
        codes = codes_for(site, len(days))
        visits = [
            Appointment(
                **place(series, day),
                patient=patient,
                note=note.strip(),
                check_in_code=code,
                held_since=now,
                recorded_at=now,
            )
            for day, code in zip(days, codes, strict=True)
        ]
        Appointment.objects.bulk_create(visits)
        record(AuditAction.BOOK_SERIES, on=series, now=now, by=by, detail={"visits": len(visits)})
        _record_each(visits, AuditAction.BOOK_APPOINTMENT, series, now, by)
    return series


def plan_group_series(
    *,
    site: Site,
    type: AppointmentType,
    practitioner: User,
    rule: str,
    start_date: date,
    starts_time: time,
    room: Room | None = None,
    mode: VisitMode | None = None,
    video_link: str = "",
    capacity: int | None = None,
    leave_out: Collection[date] = (),
    moved: Mapping[date, datetime] | None = None,
    now: datetime,
    by: User,
) -> AppointmentSeries:
    """Plan all sessions of a group that meets repeatedly, or none. Raises SeriesConflicts."""
    require_permission(by, Permission.BOOK, on=GroupSession(site=site))
    seats = seats_of(type, capacity)
    refuse_practitioner(practitioner, site, type)
    refuse_room(room, site, seats)
    pattern = pattern_of(site, type, practitioner, room, None, starts_time)
    with locked(practitioners=[practitioner.pk], rooms=[room.pk if room else None]):
        days = _all_or_none(pattern, rule, start_date, leave_out, moved, now)
        series = begin(pattern, mode_for(type, mode), rule, start_date, now)
        link = video_link.strip()
        GroupSession.objects.bulk_create(
            GroupSession(**place(series, day), capacity=seats, video_link=link) for day in days
        )
        record(
            AuditAction.PLAN_GROUP_SERIES, on=series, now=now, by=by, detail={"sessions": len(days)}
        )
    return series


def move_series(
    *,
    appointment: Appointment,
    reach: SeriesReach,
    starts_time: time | None = None,
    days_later: int = 0,
    practitioner: User | None = None,
    room: Room | Unchanged | None = UNCHANGED,
    now: datetime,
    by: User,
) -> AppointmentSeries:
    """Change time, day, practitioner or room of `appointment` and those that follow, or of all.

    Visits that were moved alone before keep their own time, except `appointment`. FOLLOWING makes a
    new series. Raises SeriesConflicts, SeriesDayTaken, or WrongState if `appointment` was changed
    since it was read; then nothing has moved.
    """
    require_permission(by, Permission.BOOK, on=appointment)
    with locked(series=[appointment.series_id], patients=[appointment.patient_id]):
        # Read only under the locks, after any earlier change to the series or its visits has
        # committed.
        old, visits = _visits_to_change(appointment, reach, now)
        pattern = changed(old, starts_time, practitioner, room)
        with locked(
            practitioners=[old.practitioner_id, pattern.practitioner.pk],
            rooms=[old.room_id, pattern.room.pk if pattern.room else None],
        ):
            series, theirs = _move_all(appointment, old, visits, pattern, days_later, reach, now)
        record(AuditAction.MOVE_SERIES, on=series, now=now, by=by, detail={"visits": len(theirs)})
        _record_each(theirs, AuditAction.MOVE_APPOINTMENT, series, now, by)
    return series


def _move_all(
    appointment: Appointment,
    old: AppointmentSeries,
    visits: list[Appointment],
    pattern: Pattern,
    days_later: int,
    reach: SeriesReach,
    now: datetime,
) -> tuple[AppointmentSeries, list[Appointment]]:
    """Return the visits that moved and their series.

    Visits that keep their own time count for a day `days_later`, too.
    """
    rule = shifted(old.rule, days_later)
    by_day = {_day_in(one) + timedelta(days=days_later): one for one in visits}
    theirs = [one for one in visits if one.pk == appointment.pk or not _moved_alone(one, old)]
    moving = {one.pk for one in theirs}
    zone = old.site.time_zone
    starts = {
        day: moment_of(day, pattern.starts_time, zone)
        for day, one in by_day.items()
        if one.pk in moving
    }
    found = judged(pattern, starts, ignoring=sorted(moving), now=now)
    refuse_conflicts(found)
    places = {one.day: one for one in found}
    series = continue_series(old, pattern, rule, by_day, days_later, reach, now)
    defer_constraints()
    # From the far end, so that no visit moves to a day that another of them still has.
    for day in sorted(by_day, reverse=days_later > 0):
        if day in places:
            _move(by_day[day], places[day], series, now)
        else:
            Appointment.objects.filter(pk=by_day[day].pk).update(series=series, series_date=day)
    check_constraints()
    return series, theirs


def cancel_series(
    *,
    appointment: Appointment,
    reach: SeriesReach,
    cancelled_by: CancelledBy,
    reason: str,
    now: datetime,
    by: User,
) -> AppointmentSeries:
    """Cancel `appointment` and those that follow in its series, or all that are still to come.

    Raises InvalidInput without a reason, WrongState if `appointment` was changed since it was read.
    """
    require_permission(by, Permission.BOOK, on=appointment)
    if not reason.strip():
        raise InvalidInput("Enter the reason for canceling.", field="reason")
    with locked(series=[appointment.series_id], patients=[appointment.patient_id]):
        series, visits = _visits_to_change(appointment, reach, now)
        Appointment.objects.filter(pk__in=[one.pk for one in visits], status__in=EXPECTED).update(
            status=AppointmentStatus.CANCELLED,
            cancelled_by=cancelled_by,
            cancel_reason=reason.strip(),
            version=F("version") + 1,
        )
        series.ends_before = min(map(_day_in, visits))
        series.save(update_fields=["ends_before"])
        detail = {"visits": len(visits), "who": cancelled_by}
        record(AuditAction.CANCEL_SERIES, on=series, now=now, by=by, detail=detail)
        _record_each(visits, AuditAction.CANCEL_APPOINTMENT, series, now, by)
    return series


def _all_or_none(
    pattern: Pattern,
    rule: str,
    start_date: date,
    leave_out: Collection[date],
    moved: Mapping[date, datetime] | None,
    now: datetime,
) -> list[Occurrence]:
    proposed = propose_series(
        pattern=pattern, rule=rule, start_date=start_date, moved=moved, now=now
    )
    days = [one for one in proposed if one.day not in set(leave_out)]
    if not days:
        raise InvalidInput("This series has no upcoming appointments.", field="leave_out")
    refuse_conflicts(days)
    return days


def _visits_to_change(
    appointment: Appointment, reach: SeriesReach, now: datetime
) -> tuple[AppointmentSeries, list[Appointment]]:
    """Return the series, and its visits still to come that `reach` covers.

    Runs under their locks. Raises WrongState if `appointment` was changed since the caller read it.
    """
    if appointment.series_id is None or reach == SeriesReach.ONE:
        raise InvalidInput(
            "This appointment is not part of a series.",
            remedy="Move or cancel this appointment only.",
        )
    read = {"series": appointment.series_id, "version": appointment.version}
    if not Appointment.objects.filter(pk=appointment.pk, **read).exists():
        raise WrongState
    rows = Appointment.objects.filter(
        series=appointment.series_id, status__in=EXPECTED, starts_at__gt=now
    )
    if reach == SeriesReach.FOLLOWING:
        rows = rows.filter(series_date__gte=appointment.series_date)
    visits = list(rows.select_related("site").order_by("series_date"))
    if not visits:
        raise WrongState
    series = AppointmentSeries.objects.select_related(
        "site", "type", "practitioner", "room", "patient"
    ).get(pk=appointment.series_id)
    return series, visits


def _day_in(visit: Appointment) -> date:
    """Return the day for which the series made the visit, even if it was moved since."""
    return visit.series_date or day_of(visit.starts_at, visit.site.time_zone)


def _moved_alone(visit: Appointment, series: AppointmentSeries) -> bool:
    zone = series.site.time_zone
    return visit.starts_at != moment_of(_day_in(visit), series.starts_time, zone)


def _move(visit: Appointment, to: Occurrence, series: AppointmentSeries, now: datetime) -> None:
    """Move the visit only if it is unchanged since it was read. Raises WrongState."""
    as_read = Appointment.objects.filter(pk=visit.pk, status__in=EXPECTED, version=visit.version)
    changed = as_read.update(
        status=AppointmentStatus.BOOKED,
        series=series,
        series_date=to.day,
        starts_at=to.starts_at,
        ends_at=to.ends_at,
        practitioner=series.practitioner,
        room=series.room,
        held_since=now,
        version=F("version") + 1,
    )
    if not changed:
        raise WrongState


def _record_each(
    visits: list[Appointment], what: AuditAction, series: AppointmentSeries, now: datetime, by: User
) -> None:
    for visit in visits:
        record(what, on=visit, now=now, by=by, detail={"series": series.pk})
