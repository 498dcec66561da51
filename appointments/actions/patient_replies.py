"""Actions for patients' replies about their own visits, by text or link.

No permission is checked, because the patient decides. The caller has verified that it was the
patient (a signed link, or a text from the number that the reminder went to).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from access.audit.record import record
from access.enums import AuditAction
from access.models import User
from appointments.enums import EXPECTED, AppointmentStatus, CancelledBy
from appointments.errors import WrongState
from appointments.models import Appointment


@transaction.atomic
def confirm_by_patient(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """Confirm the visit; a second confirmation changes nothing.

    Raises WrongState for a visit that has begun, was canceled or was missed.
    """
    rows = Appointment.objects.filter(pk=appointment.pk, starts_at__gt=now)
    if rows.filter(status=AppointmentStatus.BOOKED).update(status=AppointmentStatus.CONFIRMED):
        record(
            AuditAction.CONFIRM_APPOINTMENT,
            on=appointment,
            now=now,
            by=by,
            detail={"who": "patient"},
        )
    elif not rows.filter(status=AppointmentStatus.CONFIRMED).exists():
        raise WrongState
    appointment.refresh_from_db()
    return appointment


@transaction.atomic
def cancel_by_patient(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """Cancel the visit, which frees its time. Raises WrongState."""
    changed = Appointment.objects.filter(
        pk=appointment.pk, status__in=EXPECTED, starts_at__gt=now
    ).update(
        status=AppointmentStatus.CANCELLED,
        cancelled_by=CancelledBy.PATIENT,
        cancel_reason="Said so in answer to a reminder.",
        version=F("version") + 1,
    )
    if not changed:
        raise WrongState
    record(
        AuditAction.CANCEL_APPOINTMENT,
        on=appointment,
        now=now,
        by=by,
        detail={"who": CancelledBy.PATIENT},
    )
    appointment.refresh_from_db()
    return appointment
