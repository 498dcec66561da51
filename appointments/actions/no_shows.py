"""Action on no-shows."""

from __future__ import annotations

from datetime import datetime

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from appointments.enums import EXPECTED, AppointmentStatus, MissReason
from appointments.locking import locked_for, update_if_status
from appointments.models import Appointment
from common.errors import InvalidInput


def mark_no_show(
    *,
    appointment: Appointment,
    reason: MissReason = MissReason.UNKNOWN,
    now: datetime,
    by: User,
) -> Appointment:
    """Mark a visit as a no-show.

    Raises InvalidInput before its time, WrongState if the visit is not expected any more.
    """
    require_permission(by, Permission.CHECK_IN, on=appointment)
    if appointment.starts_at > now:
        raise InvalidInput("The appointment has not started yet.")
    with locked_for(appointment):
        update_if_status(
            appointment,
            EXPECTED,
            keep_version=True,
            status=AppointmentStatus.NO_SHOW,
            miss_reason=reason,
        )
        record(AuditAction.MARK_NO_SHOW, on=appointment, now=now, by=by)
    return appointment
