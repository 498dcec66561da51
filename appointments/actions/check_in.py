"""The verbs of the calendar. The database decides who gets a slot; these explain its answer."""

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
    """Check the patient in, late and already given up as well. Raises TooEarly, but on the day itself.

    SlotTaken, RoomTaken or GroupFull: somebody else was given the time when this one had not come.
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
    """The visit took place."""
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
