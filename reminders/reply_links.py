"""Links in e-mails by which a patient confirms or cancels one visit.

A link contains no name. It is signed for one version of one visit, and valid until the visit begins
or the link was used. Every invalid link gets the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.db import transaction

from access.actions.accounts import service_account
from access.models import Site
from appointments.actions.patient_replies import cancel_by_patient, confirm_by_patient
from appointments.enums import AppointmentStatus
from appointments.errors import WrongState
from appointments.models import Appointment
from reminders.enums import Channel, Subject
from reminders.errors import LinkNotGood
from reminders.follow_ups import create_reschedule_follow_up
from reminders.models import Reminder

SALT = "mainstay.answer-to-a-reminder"
#: No reminder goes out earlier than a week before; the start of the visit ends a link sooner.
LONGEST = timedelta(days=8)


@dataclass(frozen=True)
class AnsweredVisit:
    """What the page of a link shows: the time, and a site name that reveals nothing."""

    at: datetime
    site: Site
    language: str


def link_for(reminder: Reminder) -> str:
    """Return the link of a reminder.

    Empty if the clinic has no public address, or if replies come by text.
    """
    if not settings.PUBLIC_URL or reminder.channel != Channel.EMAIL:
        return ""
    token = signing.dumps([reminder.pk, reminder.subject_version], salt=SALT, compress=True)
    return f"{settings.PUBLIC_URL}/a/{token}"


@transaction.atomic
def read_link(token: str, *, now: datetime) -> AnsweredVisit:
    """Return the visit of a link without changing anything. Raises LinkNotGood."""
    reminder, visit = _load_reminder_and_visit(token, now)
    local = visit.starts_at.astimezone(ZoneInfo(visit.site.time_zone))
    return AnsweredVisit(local, visit.site, reminder.patient.language)


@transaction.atomic
def answer_by_link(token: str, *, comes: bool, now: datetime) -> AnsweredVisit:
    """Confirm the visit, or cancel it with a follow-up to find another time. Raises LinkNotGood."""
    shown = read_link(token, now=now)
    _, visit = _load_reminder_and_visit(token, now)
    by = service_account("reminders", now=now)
    try:
        if comes:
            confirm_by_patient(appointment=visit, now=now, by=by)
        else:
            cancel_by_patient(appointment=visit, now=now, by=by)
            create_reschedule_follow_up(appointment=visit, now=now, by=by)
    except WrongState:
        raise LinkNotGood from None
    return shown


def _load_reminder_and_visit(token: str, now: datetime) -> tuple[Reminder, Appointment]:
    try:
        pk, version = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkNotGood from None
    reminder = (
        Reminder.objects.filter(pk=pk, subject_kind=Subject.APPOINTMENT, due_at__gt=now - LONGEST)
        .select_related("patient")
        .first()
    )
    # Only a visit that waits for an answer: a link that was used, or whose visit changed, is not
    # valid.
    visit = reminder and (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("site", "patient")
        .filter(
            pk=reminder.subject_id,
            version=version,
            status=AppointmentStatus.BOOKED,
            starts_at__gt=now,
        )
        .first()
    )
    if not reminder or not visit:
        raise LinkNotGood
    return reminder, visit
