"""Actions on group sessions and their seats.

A session holds its practitioner and room; a seat holds only its patient.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from appointments.availability import refuse_unavailable
from appointments.booking_checks import (
    mode_for,
    refuse_past,
    refuse_practitioner,
    refuse_room,
    seats_of,
)
from appointments.check_in_codes import codes_for
from appointments.enums import (
    EXPECTED,
    AppointmentStatus,
    CancelledBy,
    GroupStatus,
    VisitMode,
)
from appointments.errors import GroupMoved, WrongState
from appointments.locking import locked
from appointments.models import Appointment, AppointmentType, GroupSession, Room
from common.errors import InvalidInput
from patients.models import Patient


def plan_group_session(
    *,
    site: Site,
    type: AppointmentType,
    practitioner: User,
    starts_at: datetime,
    room: Room | None = None,
    mode: VisitMode | None = None,
    video_link: str = "",
    capacity: int | None = None,
    now: datetime,
    by: User,
) -> GroupSession:
    """Plan one session with as many seats as the type has, or fewer.

    Raises SlotTaken, RoomTaken, SiteClosed, PractitionerAway, OutsideHours, InThePast or
    InvalidInput.
    """
    require_permission(by, Permission.BOOK, on=GroupSession(site=site))
    refuse_past(starts_at, now)
    seats = seats_of(type, capacity)
    refuse_practitioner(practitioner, site, type)
    refuse_room(room, site, seats)
    ends_at = starts_at + timedelta(minutes=type.minutes)
    with locked(practitioners=[practitioner.pk], rooms=[room.pk if room else None]):
        refuse_unavailable(
            site=site, practitioner=practitioner, starts_at=starts_at, ends_at=ends_at
        )
        session = GroupSession.objects.create(
            site=site,
            type=type,
            practitioner=practitioner,
            room=room,
            starts_at=starts_at,
            ends_at=ends_at,
            buffer_minutes=type.buffer_minutes,
            capacity=seats,
            mode=mode_for(type, mode),
            video_link=video_link.strip(),
        )
        record(AuditAction.PLAN_GROUP_SESSION, on=session, now=now, by=by)
    return session


def book_into_group(
    *, patient: Patient, session: GroupSession, note: str = "", now: datetime, by: User
) -> Appointment:
    """Book a seat in a session for a patient.

    Raises GroupFull if none is free, PatientBusy if the patient is booked elsewhere then,
    GroupMoved if the session is not planned any more, InThePast if it has begun, and InvalidInput
    for a patient of another site.
    """
    require_permission(by, Permission.BOOK, on=patient)
    refuse_past(session.starts_at, now)
    if session.site_id != patient.site_id:
        raise InvalidInput("The patient belongs to another site.", field="patient")
    if session.status != GroupStatus.PLANNED:
        raise GroupMoved
    with locked(patients=[patient.pk]):
        appointment = Appointment.objects.create(
            patient=patient,
            site=session.site,
            type=session.type,
            practitioner=session.practitioner,
            room=session.room,
            group_session=session,
            mode=session.mode,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            note=note.strip(),
            check_in_code=codes_for(session.site)[0],
            held_since=now,
            recorded_at=now,
        )
        record(
            AuditAction.BOOK_INTO_GROUP,
            on=appointment,
            now=now,
            by=by,
            detail={"session": session.pk},
        )
    return appointment


def move_group_session(
    *, session: GroupSession, starts_at: datetime, now: datetime, by: User
) -> GroupSession:
    """Move a session with all its patients.

    The version of each seat rises, so that reminders restart. Raises PatientBusy if one of its
    patients is booked elsewhere then, and WrongState if one has arrived; in both cases nothing has
    moved.
    """
    require_permission(by, Permission.BOOK, on=session)
    refuse_past(starts_at, now)
    ends_at = starts_at + (session.ends_at - session.starts_at)
    with locked(
        patients=_members(session), practitioners=[session.practitioner_id], rooms=[session.room_id]
    ):
        refuse_unavailable(
            site=session.site,
            practitioner=session.practitioner,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        _change(session, starts_at=starts_at, ends_at=ends_at)
        seats = session.appointments.all()
        if seats.filter(status=AppointmentStatus.ARRIVED).exists():
            raise WrongState
        seats.filter(status__in=EXPECTED).update(
            status=AppointmentStatus.BOOKED,
            starts_at=starts_at,
            ends_at=ends_at,
            held_since=now,
            version=F("version") + 1,
        )
        _record_each(session, AuditAction.MOVE_APPOINTMENT, now, by)
        record(AuditAction.MOVE_GROUP_SESSION, on=session, now=now, by=by)
    return session


def cancel_group_session(
    *, session: GroupSession, reason: str, now: datetime, by: User
) -> GroupSession:
    """Cancel the session and every seat in it, by the clinic.

    Raises InvalidInput without a reason, WrongState if it is not planned any more.
    """
    require_permission(by, Permission.BOOK, on=session)
    if not reason.strip():
        raise InvalidInput("Enter the reason for canceling.", field="reason")
    with locked(patients=_members(session)):
        _record_each(session, AuditAction.CANCEL_APPOINTMENT, now, by)
        session.appointments.filter(status__in=EXPECTED).update(
            status=AppointmentStatus.CANCELLED,
            cancelled_by=CancelledBy.CLINIC,
            cancel_reason=reason.strip(),
            version=F("version") + 1,
        )
        _change(session, status=GroupStatus.CANCELLED)
        record(AuditAction.CANCEL_GROUP_SESSION, on=session, now=now, by=by)
    return session


def complete_group_session(*, session: GroupSession, now: datetime, by: User) -> GroupSession:
    """Complete a session and the visits of the patients who have arrived.

    The others are marked as no-shows by the minutely job. Raises InvalidInput before the session
    has begun.
    """
    require_permission(by, Permission.CHECK_IN, on=session)
    if session.starts_at > now:
        raise InvalidInput("This session has not started yet.")
    with locked(patients=_members(session)):
        there = session.appointments.filter(status=AppointmentStatus.ARRIVED)
        for seat in there.select_related("site"):
            record(AuditAction.COMPLETE_APPOINTMENT, on=seat, now=now, by=by)
        there.update(status=AppointmentStatus.COMPLETED)
        _change(session, status=GroupStatus.HELD)
        record(AuditAction.COMPLETE_GROUP_SESSION, on=session, now=now, by=by)
    return session


def _members(session: GroupSession) -> list[int]:
    return list(session.appointments.values_list("patient_id", flat=True))


def _record_each(session: GroupSession, what: AuditAction, now: datetime, by: User) -> None:
    """Write an audit entry for each patient who was expected."""
    for seat in session.appointments.filter(status__in=EXPECTED).select_related("site"):
        record(what, on=seat, now=now, by=by, detail={"session": session.pk})


def _change(session: GroupSession, **values: object) -> None:
    """Update a session only if it is still planned. Raises WrongState."""
    changed = GroupSession.objects.filter(pk=session.pk, status=GroupStatus.PLANNED).update(
        **values, version=F("version") + 1
    )
    if not changed:
        raise WrongState
    session.refresh_from_db()
