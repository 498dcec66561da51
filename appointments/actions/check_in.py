"""Actions at check-in: mark a visit as arrived or completed."""

from __future__ import annotations

from datetime import datetime

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from appointments.enums import EXPECTED, AppointmentStatus
from appointments.errors import TooEarly
from appointments.locking import locked_for, update_if_status
from appointments.models import Appointment


def mark_arrived(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """Check the patient in, even late or after a no-show. Raises TooEarly on other days.

    Raises SlotTaken, RoomTaken or GroupFull if the time was given to another patient after a
    no-show.
    """
    require_permission(by, Permission.CHECK_IN, on=appointment)
    if not appointment.may_arrive(now):
        raise TooEarly
    with locked_for(appointment):
        update_if_status(
            appointment,
            [*EXPECTED, AppointmentStatus.NO_SHOW],
            keep_version=True,
            status=AppointmentStatus.ARRIVED,
            arrived_at=now,
            miss_reason="",
        )
        record(AuditAction.CHECK_IN, on=appointment, now=now, by=by)
    return appointment


def complete_appointment(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """Mark a visit as completed. Raises WrongState if the patient has not arrived."""
    require_permission(by, Permission.CHECK_IN, on=appointment)
    with locked_for(appointment):
        update_if_status(
            appointment,
            [AppointmentStatus.ARRIVED],
            keep_version=True,
            status=AppointmentStatus.COMPLETED,
        )
        record(AuditAction.COMPLETE_APPOINTMENT, on=appointment, now=now, by=by)
    return appointment
