"""What a patient answers about their own visit, by text or link: their word, written by the house.

Nobody's right is asked: it is the patient who speaks. Whether it was the patient, whoever hands the
word on has made sure of (a signed link, a text from the number that was written to).
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
    """They come. Said twice, it is said once. Raises WrongState for a visit that is over or given up."""
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
    """They do not come; the time is given back. Raises WrongState."""
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
