"""The verbs that staff have on reminders. Planning and sending are jobs of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import F

from access.audit import record
from access.enums import Right
from access.models import User
from access.policy import require
from appointments.models import AppointmentType
from common.discretion import telling_word
from common.errors import InvalidInput
from patients.enums import ContactKind
from patients.models import ContactPoint, Patient
from reminders.enums import (
    FOLLOW_UP_RIGHTS,
    Channel,
    FollowUpOutcome,
    ReminderStatus,
    Step,
    Subject,
    TextKind,
    Tongue,
)
from reminders.errors import AlreadyDone, NotResendable
from reminders.jobs import PLANNING, SENDING, run_job
from reminders.models import (
    FollowUp,
    IncomingText,
    MessageText,
    MessageWishes,
    Reminder,
    ReminderRule,
)
from reminders.models.wishes import EARLIEST, LATEST, LONGEST_ALIAS
from reminders.planning import plan_due_reminders
from reminders.rules import OFFERED
from reminders.sending import send_due_reminders
from reminders.texts import WrongText, check_text, refuse_too_long

WISHES = (
    "by_sms",
    "by_email",
    "phone",
    "email",
    "from_time",
    "until_time",
    "time_zone",
    "alias",
    "paused_until",
)


@transaction.atomic
def send_again(*, reminder: Reminder, now: datetime, by: User) -> Reminder:
    """Put a failed or uncertain reminder back in the queue, on a person's word.

    The person wants another message, so the gateway sees a new key. What holds for every
    sending holds for this one: at night it waits, and close to the visit it is skipped.
    """
    require(by, Right.MANAGE_REMINDERS, on=reminder)
    changed = Reminder.objects.filter(
        pk=reminder.pk, status__in=[ReminderStatus.FAILED, ReminderStatus.UNCERTAIN]
    ).update(
        status=ReminderStatus.DUE,
        due_at=now,
        claimed_at=None,
        handed_over_at=None,
        finished_at=None,
        failure="",
        asked_again=F("asked_again") + 1,
    )
    if not changed:
        raise NotResendable
    record("send reminder again", on=reminder, now=now, by=by)
    reminder.refresh_from_db()
    return reminder


def run_now(*, now: datetime, by: User) -> dict[str, int]:
    """Plan and send at once, for some seconds: also while neither worker nor clock is running.

    Safe beside them. Returns what was done, as the jobs' page has it.
    """
    require(by, Right.MANAGE_REMINDERS)
    with transaction.atomic():
        record("run reminders", on=by, now=now, by=by)
    planned = run_job(PLANNING, lambda: {"planned": plan_due_reminders(now=now)}, now=now)
    return planned | run_job(SENDING, lambda: send_due_reminders(now=now), now=now)


@transaction.atomic
def set_message_wishes(
    *, patient: Patient, wishes: Mapping[str, Any], now: datetime, by: User
) -> MessageWishes:
    """How this patient wants messages. `wishes` holds WISHES; what is left out stays as it is.

    Hours lie within 08:00–21:00 of their own zone. Raises InvalidInput at the field that cannot be.
    """
    require(by, Right.EDIT_IDENTITY, on=patient)
    values = {name: wishes[name] for name in WISHES if name in wishes}
    known = MessageWishes.objects.select_for_update().filter(patient=patient).first()
    row = known or MessageWishes(patient=patient, recorded_at=now)
    before = {name: getattr(row, name) for name in WISHES}
    for name, value in values.items():
        setattr(row, name, value)
    _check_wishes(row, patient)
    row.alias = row.alias.strip()
    row.save()
    fields = sorted(name for name in WISHES if getattr(row, name) != before[name])
    record("set wishes for messages", on=row, now=now, by=by, detail={"fields": fields})
    return row


def _check_wishes(row: MessageWishes, patient: Patient) -> None:
    _check_hours(row.from_time, row.until_time)
    if row.time_zone and row.time_zone not in available_timezones():
        raise InvalidInput("There is no such time zone.", field="time_zone")
    word = telling_word(row.alias)
    if word:
        raise InvalidInput(f"A message must not say “{word}”.", field="alias")
    if len(row.alias.strip()) > LONGEST_ALIAS or set(row.alias) & set("{}\r\n"):
        raise InvalidInput(f"At most {LONGEST_ALIAS} letters, no braces.", field="alias")
    for field, kind in (("phone", ContactKind.PHONE), ("email", ContactKind.EMAIL)):
        _check_point(getattr(row, field), kind, patient, field)


def _check_hours(begins: time, ends: time) -> None:
    if not EARLIEST <= begins < ends <= LATEST:
        raise InvalidInput(
            "Messages come between 08:00 and 21:00, and the beginning lies before the end.",
            field="from_time",
        )


def _check_point(
    point: ContactPoint | None, kind: ContactKind, patient: Patient, field: str
) -> None:
    if point is None:
        return
    if point.patient_id != patient.pk or point.kind != kind or not point.is_active:
        raise InvalidInput("Choose one of this patient's that is in use.", field=field)
    if not point.may_send_messages:
        raise InvalidInput("Messages are not allowed there.", field=field)


@transaction.atomic
def write_message_text(
    *, kind: TextKind, language: Tongue, channel: Channel, text: str, now: datetime, by: User
) -> MessageText:
    """The clinic's own words; empty: the shipped ones again. Raises InvalidInput with every reason."""
    require(by, Right.SET_UP_REMINDERS)
    rows = MessageText.objects.filter(kind=kind, language=language, channel=channel)
    words = " ".join(text.split())
    which = {"kind": kind, "language": language, "channel": channel}
    if not words:
        rows.delete()
        row = MessageText(**which)
        record("take back text of messages", on=row, now=now, by=by, detail=which)
        return row
    try:
        check_text(kind, words)
        refuse_too_long(kind, language, channel, words)
    except WrongText as problem:
        raise InvalidInput(str(problem), field="text") from problem
    row, _ = rows.update_or_create(
        **which, defaults={"text": words}, create_defaults={"text": words, "recorded_at": now}
    )
    record("write text of messages", on=row, now=now, by=by, detail=which)
    return row


@transaction.atomic
def set_reminder_rule(
    *,
    subject_kind: Subject,
    step: Step,
    appointment_type: AppointmentType | None = None,
    by_sms: bool,
    by_email: bool,
    is_active: bool,
    now: datetime,
    by: User,
) -> ReminderRule:
    """Whether and how one step is sent: for one kind of visit, or for all that have no rule of their own."""
    require(by, Right.SET_UP_REMINDERS)
    if step not in OFFERED[subject_kind]:
        raise InvalidInput("This step is not offered for that.", field="step")
    if is_active and not (by_sms or by_email):
        raise InvalidInput("Choose a way to send it, or switch it off.", field="by_sms")
    if appointment_type is not None and subject_kind != Subject.APPOINTMENT:
        raise InvalidInput("Only visits have rules by kind.", field="appointment_type")
    values = {"by_sms": by_sms, "by_email": by_email, "is_active": is_active}
    rule, _ = ReminderRule.objects.update_or_create(
        subject_kind=subject_kind,
        step=step,
        appointment_type=appointment_type,
        defaults=values,
        create_defaults={**values, "recorded_at": now},
    )
    detail = {
        "about": subject_kind,
        "step": step,
        "type": getattr(appointment_type, "code", ""),
        **values,
    }
    record("set reminder rule", on=rule, now=now, by=by, detail=detail)
    return rule


@transaction.atomic
def change_reminder_rule(
    *,
    rule: ReminderRule,
    by_sms: bool | None = None,
    by_email: bool | None = None,
    is_active: bool | None = None,
    now: datetime,
    by: User,
) -> ReminderRule:
    """What is None stays as it is in the table, whoever has changed it meanwhile."""
    require(by, Right.SET_UP_REMINDERS)
    held = ReminderRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    return set_reminder_rule(
        subject_kind=Subject(held.subject_kind),
        step=Step(held.step),
        appointment_type=held.appointment_type,
        by_sms=held.by_sms if by_sms is None else by_sms,
        by_email=held.by_email if by_email is None else by_email,
        is_active=held.is_active if is_active is None else is_active,
        now=now,
        by=by,
    )


@transaction.atomic
def finish_follow_up(
    *, follow_up: FollowUp, outcome: FollowUpOutcome, note: str = "", now: datetime, by: User
) -> FollowUp:
    """Done, with what came of it. Raises AlreadyDone."""
    require(by, Right.FOLLOW_UP, on=follow_up)
    require(by, FOLLOW_UP_RIGHTS[follow_up.reason], on=follow_up)
    done = FollowUp.objects.to_do().filter(pk=follow_up.pk)
    if not done.update(outcome=outcome, note=note.strip(), done_at=now, done_by=by):
        raise AlreadyDone
    record("finish follow-up", on=follow_up, now=now, by=by, detail={"outcome": outcome})
    follow_up.refresh_from_db()
    return follow_up


@transaction.atomic
def close_text(*, incoming: IncomingText, note: str, now: datetime, by: User) -> IncomingText:
    """A person has read it and done what it asked for. Raises AlreadyDone."""
    require(by, Right.FOLLOW_UP, on=incoming.patient)
    if not note.strip():
        raise InvalidInput("Write what was done.", field="note")
    open_now = IncomingText.objects.to_read().filter(pk=incoming.pk)
    if not open_now.update(closed_at=now, closed_by=by, note=note.strip()):
        raise AlreadyDone
    record("close text", on=incoming, now=now, by=by)
    incoming.refresh_from_db()
    return incoming
