"""Inbound webhooks: texts from patients, and delivery reports from the gateway.

Each text is identified by the gateway's reference; a repeated one changes nothing and gets no
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from access.actions.accounts import service_account
from access.audit.record import record
from access.enums import AuditAction
from access.models import Site, User
from appointments.actions.patient_replies import confirm_by_patient
from appointments.enums import AppointmentStatus
from appointments.errors import WrongState
from appointments.models import Appointment
from patients.enums import ContactKind
from patients.models import ContactPoint, Patient
from reminders.enums import Channel, Language, ReminderStatus, ReplyIntent, Subject
from reminders.follow_ups import create_reschedule_follow_up
from reminders.message_templates import BannedWording, answer_to, language_of
from reminders.models import IncomingText, OptedOutNumber, Reminder
from reminders.reply_parser import Understood, understand

LONGEST_TEXT = 1600


HANDED_OVER = frozenset({ReminderStatus.SENT, ReminderStatus.UNCERTAIN})


@dataclass(frozen=True)
class _Answer:
    """What was done, and the language and site of the answer about it."""

    did: ReplyIntent
    tongue: Language
    site: Site | None

    def words(self) -> str:
        """Return the answer, without the site's name and number if these are not neutral."""
        try:
            return answer_to(self.did, self.tongue, self.site)
        except BannedWording:
            return answer_to(self.did, self.tongue, None)


def receive_text(*, reference: str, number: str, text: str, now: datetime) -> str:
    """Save the text, do what it says and return the answer; empty if none is to be sent.

    The answer is worded after the transaction has committed, so that no wording error undoes a
    STOP.
    """
    try:
        with transaction.atomic():
            answer = _receive(reference, number, text[:LONGEST_TEXT], now)
    except IntegrityError:
        # The same text again, or two STOPs at once: what the first one did is saved.
        return ""
    return answer.words() if answer else ""


def _receive(reference: str, number: str, text: str, now: datetime) -> _Answer | None:
    if IncomingText.objects.filter(gateway_reference=reference).exists():
        return None
    stopped = OptedOutNumber.objects.of_number(number).in_force().select_for_update().first()
    meant = understand(text, is_stopped=stopped is not None)
    reminder, patient = _find_reminder_and_patient(number)
    by = service_account("reminders", now=now)
    row = IncomingText.objects.create(
        gateway_reference=reference,
        patient=patient,
        reminder=reminder,
        number=number,
        text=text.replace("\x00", ""),
        received_at=now,
        meaning=meant.meaning,
        needs_person=_is_for_a_person(meant, reminder),
        recorded_at=now,
    )
    record(AuditAction.RECEIVE_TEXT, on=row, now=now, by=by, detail={"meaning": meant.meaning})
    did = DOING[meant.meaning](row, stopped, now, by)
    if not did:
        return None
    return _Answer(did, _language_for(meant, patient), _site(patient, reminder))


def _find_reminder_and_patient(number: str) -> tuple[Reminder | None, Patient | None]:
    """Return the last message sent to a number and its patient, or the one patient who has it.

    None if several patients have the number, because the sender is unknown.
    """
    points = list(
        ContactPoint.objects.of_value(number)
        .filter(kind=ContactKind.PHONE)
        .select_related("patient__site")
    )
    sent = Reminder.objects.filter(contact_point__in=points, finished_at__isnull=False)
    last = (
        sent.filter(status__in=HANDED_OVER)
        .select_related("patient__site", "site")
        .order_by("-finished_at")
        .first()
    )
    patients = {point.patient_id: point.patient for point in points if point.is_active}
    if last is not None:
        patients[last.patient_id] = last.patient
    if len(patients) != 1:
        return None, None
    return last, next(iter(patients.values()))


def _is_for_a_person(meant: Understood, reminder: Reminder | None) -> bool:
    if meant.meaning in {ReplyIntent.CONFIRM, ReplyIntent.RESCHEDULE}:
        return _visit_of(reminder) is None
    return meant.meaning == ReplyIntent.UNCLEAR or not meant.is_sure


def _visit_of(reminder: Reminder | None) -> Appointment | None:
    """Return the visit that a message was about.

    None if it changed since, or if the reply could mean another visit.
    """
    if reminder is None or reminder.subject_kind != Subject.APPOINTMENT:
        return None
    rows = Appointment.objects.expected().select_related("site", "patient")
    visit = rows.filter(pk=reminder.subject_id, version=reminder.subject_version).first()
    return None if visit and _others_unanswered(visit, reminder).exists() else visit


def _others_unanswered(visit: Appointment, last: Reminder) -> QuerySet[Appointment]:
    """Other visits with a text reminder, after `last` was sent, that are not confirmed."""
    told = Reminder.objects.filter(
        subject_kind=Subject.APPOINTMENT,
        subject_id=OuterRef("pk"),
        subject_version=OuterRef("version"),
        channel=Channel.SMS,
        status__in=HANDED_OVER,
    )
    booked = Appointment.objects.filter(patient=visit.patient_id, status=AppointmentStatus.BOOKED)
    return booked.filter(Exists(told), starts_at__gt=last.finished_at).exclude(pk=visit.pk)


def _language_for(meant: Understood, patient: Patient | None) -> Language:
    if patient is not None:
        return language_of(patient.language)
    return meant.tongue or Language.EN


def _site(patient: Patient | None, reminder: Reminder | None) -> Site | None:
    if reminder is not None:
        return reminder.site
    return patient.site if patient else Site.objects.order_by("pk").first()


Doing = Callable[[IncomingText, OptedOutNumber | None, datetime, User], ReplyIntent | None]


def _confirm(
    row: IncomingText, stopped: OptedOutNumber | None, now: datetime, by: User
) -> ReplyIntent | None:
    visit = _visit_of(row.reminder)
    if visit is None:
        return None
    try:
        confirm_by_patient(appointment=visit, now=now, by=by)
    except WrongState:
        IncomingText.objects.filter(pk=row.pk).update(needs_person=True)
        return None
    return None if stopped else ReplyIntent.CONFIRM


def _reschedule(
    row: IncomingText, stopped: OptedOutNumber | None, now: datetime, by: User
) -> ReplyIntent | None:
    visit = _visit_of(row.reminder)
    if visit is None:
        return None
    if not create_reschedule_follow_up(appointment=visit, now=now, by=by):
        IncomingText.objects.filter(pk=row.pk).update(needs_person=True)
    return None if stopped else ReplyIntent.RESCHEDULE


def _stop(
    row: IncomingText, stopped: OptedOutNumber | None, now: datetime, by: User
) -> ReplyIntent | None:
    """Stop every text to that number at once; confirm once, and send nothing after that."""
    if stopped is not None:
        return None
    stopping = OptedOutNumber.objects.create(number=row.number, recorded_at=now)
    record(AuditAction.OPT_OUT_OF_TEXTS, on=stopping, now=now, by=by)
    return ReplyIntent.STOP


def _start(
    row: IncomingText, stopped: OptedOutNumber | None, now: datetime, by: User
) -> ReplyIntent | None:
    """Start texts again, only after STOP: it gives no permission that was never given."""
    if stopped is None:
        return None
    OptedOutNumber.objects.filter(pk=stopped.pk).update(ended_at=now)
    record(AuditAction.OPT_IN_TO_TEXTS, on=stopped, now=now, by=by)
    return ReplyIntent.START


def _help(
    row: IncomingText, stopped: OptedOutNumber | None, now: datetime, by: User
) -> ReplyIntent | None:
    return ReplyIntent.HELP


def _nothing(
    row: IncomingText, stopped: OptedOutNumber | None, now: datetime, by: User
) -> ReplyIntent | None:
    return None


DOING: Mapping[str, Doing] = {
    ReplyIntent.CONFIRM: _confirm,
    ReplyIntent.RESCHEDULE: _reschedule,
    ReplyIntent.STOP: _stop,
    ReplyIntent.START: _start,
    ReplyIntent.HELP: _help,
    ReplyIntent.UNCLEAR: _nothing,
}
