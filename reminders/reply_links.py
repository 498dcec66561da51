"""A link in an e-mail by which a patient confirms or gives up one visit. It knows no name.

Signed, for one version of one visit, good until the visit begins and until it was used. Whatever is wrong
with a link, the answer is one and the same.
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
#: No reminder goes out earlier than a week before; the visit's own hour ends it sooner.
LONGEST = timedelta(days=8)


@dataclass(frozen=True)
class AnsweredVisit:
    """All that the page behind a link shows: when, and a name that tells nothing."""

    at: datetime
    site: Site
    language: str


def link_for(reminder: Reminder) -> str:
    """Empty where the clinic has no public address, or where answers come by text."""
    if not settings.PUBLIC_URL or reminder.channel != Channel.EMAIL:
        return ""
    token = signing.dumps([reminder.pk, reminder.subject_version], salt=SALT, compress=True)
    return f"{settings.PUBLIC_URL}/a/{token}"


@transaction.atomic
def read_link(token: str, *, now: datetime) -> AnsweredVisit:
    """What stands behind a link. Changes nothing. Raises LinkNotGood."""
    reminder, visit = _behind(token, now)
    local = visit.starts_at.astimezone(ZoneInfo(visit.site.time_zone))
    return AnsweredVisit(local, visit.site, reminder.patient.language)


@transaction.atomic
def answer_by_link(token: str, *, comes: bool, now: datetime) -> AnsweredVisit:
    """Confirmed, or given back with a follow-up to find another time. Raises LinkNotGood."""
    shown = read_link(token, now=now)
    _, visit = _behind(token, now)
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


def _behind(token: str, now: datetime) -> tuple[Reminder, Appointment]:
    try:
        pk, version = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkNotGood from None
    reminder = (
        Reminder.objects.filter(pk=pk, subject_kind=Subject.APPOINTMENT, due_at__gt=now - LONGEST)
        .select_related("patient")
        .first()
    )
    # Only one that waits for an answer: a link that was used, or a visit that changed, is no longer good.
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
