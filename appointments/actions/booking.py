"""Actions on single appointments: book, move, confirm, cancel."""

from __future__ import annotations

from datetime import datetime, timedelta

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from appointments.availability import practitioners_at, refuse_unavailable
from appointments.booking_checks import mode_for, refuse_past, refuse_room, refuse_slot
from appointments.check_in_codes import codes_for
from appointments.enums import EXPECTED, AppointmentStatus, CancelledBy, VisitMode
from appointments.locking import UNCHANGED, Unchanged, locked, locked_for, update_if_status
from appointments.models import Appointment, AppointmentType, Room
from common.errors import InvalidInput
from patients.models import Patient


def book_appointment(
    *,
    patient: Patient,
    site: Site,
    type: AppointmentType,
    practitioner: User,
    starts_at: datetime,
    room: Room | None = None,
    mode: VisitMode | None = None,
    note: str = "",
    now: datetime,
    by: User,
) -> Appointment:
    """Hold `starts_at` for the length of the type, and its buffer after it.

    Raises SlotTaken, RoomTaken or PatientBusy if the time is taken; SiteClosed, PractitionerAway or
    OutsideHours if it cannot be booked at all.
    """
    require_permission(by, Permission.BOOK, on=patient)
    refuse_slot(patient.site_id, site, practitioner, type, starts_at, now)
    refuse_room(room, site)
    ends_at = starts_at + timedelta(minutes=type.minutes)
    with locked(
        patients=[patient.pk],
        practitioners=[practitioner.pk],
        rooms=[room.pk if room else None],
    ):
        refuse_unavailable(
            site=site, practitioner=practitioner, starts_at=starts_at, ends_at=ends_at
        )
        appointment = Appointment.objects.create(
            patient=patient,
            site=site,
            type=type,
            practitioner=practitioner,
            room=room,
            mode=mode_for(type, mode),
            starts_at=starts_at,
            ends_at=ends_at,
            buffer_minutes=type.buffer_minutes,
            note=note.strip(),
            check_in_code=codes_for(site)[0],
            held_since=now,
            recorded_at=now,
        )
        record(AuditAction.BOOK_APPOINTMENT, on=appointment, now=now, by=by)
    return appointment


def move_appointment(
    *,
    appointment: Appointment,
    starts_at: datetime,
    practitioner: User | None = None,
    room: Room | Unchanged | None = UNCHANGED,
    now: datetime,
    by: User,
) -> Appointment:
    """Move a visit to another time, practitioner or room (None: no room).

    Its version rises, so that reminders restart. A seat in a group cannot be moved, only its
    session: raises InvalidInput. Raises the errors of `book_appointment`, and WrongState if the
    visit is not expected any more.
    """
    require_permission(by, Permission.BOOK, on=appointment)
    refuse_past(starts_at, now)
    if appointment.group_session_id is not None:
        raise InvalidInput(
            "This appointment is a seat in a group.",
            remedy="Cancel it and book a seat in another session, or move the whole session.",
        )
    who, where = practitioner or appointment.practitioner, appointment.room
    if not isinstance(room, Unchanged):
        where = room
        refuse_room(room, appointment.site)
    _refuse_missing_appointment(appointment, who)
    ends_at = starts_at + (appointment.ends_at - appointment.starts_at)
    with locked(
        patients=[appointment.patient_id],
        practitioners=[appointment.practitioner_id, who.pk if who else None],
        rooms=[appointment.room_id, where.pk if where else None],
    ):
        if who is not None:
            refuse_unavailable(
                site=appointment.site, practitioner=who, starts_at=starts_at, ends_at=ends_at
            )
        update_if_status(
            appointment,
            EXPECTED,
            status=AppointmentStatus.BOOKED,
            starts_at=starts_at,
            ends_at=ends_at,
            practitioner=who,
            room=where,
            held_since=now,
        )
        record(AuditAction.MOVE_APPOINTMENT, on=appointment, now=now, by=by)
    return appointment


def confirm_appointment(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """Confirm a visit for the patient. Raises WrongState if it is not booked."""
    require_permission(by, Permission.BOOK, on=appointment)
    with locked_for(appointment):
        update_if_status(
            appointment,
            [AppointmentStatus.BOOKED],
            keep_version=True,
            status=AppointmentStatus.CONFIRMED,
        )
        record(AuditAction.CONFIRM_APPOINTMENT, on=appointment, now=now, by=by)
    return appointment


def cancel_appointment(
    *,
    appointment: Appointment,
    cancelled_by: CancelledBy,
    reason: str,
    now: datetime,
    by: User,
) -> Appointment:
    """Cancel a visit, which frees its slot; who canceled and why is saved.

    Raises InvalidInput without a reason, WrongState if the visit is not expected any more.
    """
    require_permission(by, Permission.BOOK, on=appointment)
    if not reason.strip():
        raise InvalidInput("Enter the reason for canceling.", field="reason")
    with locked_for(appointment):
        update_if_status(
            appointment,
            EXPECTED,
            status=AppointmentStatus.CANCELLED,
            cancelled_by=cancelled_by,
            cancel_reason=reason.strip(),
        )
        detail = {"who": cancelled_by}
        record(AuditAction.CANCEL_APPOINTMENT, on=appointment, now=now, by=by, detail=detail)
    return appointment


def _refuse_missing_appointment(appointment: Appointment, who: User | None) -> None:
    """Refuse a practitioner who does not give such visits; one from an import may have none."""
    if who is None or who in practitioners_at(site=appointment.site, type=appointment.type):
        return
    raise InvalidInput(
        f"{who} no longer offers this visit type at this site.",
        remedy="Choose another practitioner.",
        field="practitioner",
    )
