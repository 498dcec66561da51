"""Checks just before a message is sent, because things may have changed since planning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Max

from common.time_zones import day_of
from patients.enums import DischargeReason, EventKind
from patients.models import ClinicalEvent, ContactPoint, Episode
from reminders.due_events import DueEvent
from reminders.enums import Channel, SkipReason
from reminders.models import MessagePreferences, OptedOutNumber, Reminder
from reminders.quiet_hours import hours_of, waking_hour
from reminders.reminder_rules import is_too_late
from reminders.subjects import SUBJECTS


@dataclass(frozen=True)
class Skip:
    """Do not send, for a reason that staff can read."""

    reason: SkipReason


@dataclass(frozen=True)
class Defer:
    """Send later, because it is outside the hours in which messages may come."""

    until: datetime


@dataclass(frozen=True)
class Send:
    """Send about this event, to this number or address."""

    occasion: DueEvent
    to: str
    alias: str = ""


def check_before_send(reminder: Reminder, *, now: datetime) -> Skip | Defer | Send:
    """Decide what to do with a due reminder at `now`, from the tables' present contents."""
    occasion = SUBJECTS[reminder.subject_kind].events.now(
        reminder.subject_id, reminder.subject_version
    )
    if isinstance(occasion, SkipReason):
        return Skip(occasion)
    if is_too_late(reminder.subject_kind, occasion.at, reminder.step, now):
        return Skip(SkipReason.TOO_LATE)
    left = _reason_left_care(occasion)
    if left:
        return Skip(left)
    # Read last, so that a patient who has just opted out gets no message because a batch was long.
    wishes = MessagePreferences.objects.filter(patient_id=reminder.patient_id).first()
    to = _destination(reminder, wishes, now=now, zone=occasion.site.time_zone)
    if isinstance(to, SkipReason):
        return Skip(to)
    woken = waking_hour(now, *hours_of(wishes, occasion))
    if woken == now:
        return Send(occasion, to, wishes.alias if wishes else "")
    late = is_too_late(reminder.subject_kind, occasion.at, reminder.step, woken)
    return Skip(SkipReason.TOO_LATE) if late else Defer(woken)


def _destination(
    reminder: Reminder, wishes: MessagePreferences | None, *, now: datetime, zone: str
) -> str | SkipReason:
    """Return the number or address if a message may still go there, or the reason why not."""
    deaths = ClinicalEvent.objects.filter(patient_id=reminder.patient_id, kind=EventKind.DEATH)
    points = ContactPoint.objects.filter(pk=reminder.contact_point_id).annotate(died=Exists(deaths))
    value, is_active, allowed, has_died = points.values_list(
        "value", "is_active", "may_send_messages", "died"
    ).get()
    if has_died:
        return SkipReason.DIED
    if not (is_active and allowed):
        return SkipReason.NO_CONTACT
    if (
        reminder.channel == Channel.SMS
        and OptedOutNumber.objects.of_number(value).in_force().exists()
    ):
        return SkipReason.OPTED_OUT
    return _preference_reason(reminder, wishes, day_of(now, zone)) or str(value)


def _preference_reason(
    reminder: Reminder, wishes: MessagePreferences | None, today: date
) -> SkipReason | None:
    if wishes is None:
        return None
    if wishes.paused_until is not None and today < wishes.paused_until:
        return SkipReason.PAUSED
    if not wishes.wants(reminder.channel):
        return SkipReason.NOT_WANTED
    only = wishes.only_point(reminder.channel)
    return None if only in (None, reminder.contact_point_id) else SkipReason.NUMBER_CHANGED


def _reason_left_care(occasion: DueEvent) -> SkipReason | None:
    """Return DIED or DISCHARGED if the patient left care since the event came up.

    An appointment booked after the discharge is a way back into care, so it still gets a message.
    """
    stays = list(
        Episode.objects.filter(patient_id=occasion.patient_id).values_list(
            "discharge_date", "discharge_reason"
        )
    )
    if any(reason == DischargeReason.DEATH for _, reason in stays):
        return SkipReason.DIED
    ended = [day for day, _ in stays if day is not None]
    if not ended or len(ended) < len(stays):
        return None
    last, came_up = max(ended), day_of(occasion.since, occasion.site.time_zone)
    if last == came_up:
        return None if _came_up_after_leaving(occasion) else SkipReason.DISCHARGED
    return SkipReason.DISCHARGED if last > came_up else None


def _came_up_after_leaving(occasion: DueEvent) -> bool:
    """Whether a discharge on the same day was recorded before the event came up.

    A discharge without a recorded hour, as after an import, counts as the later of the two.
    """
    episodes = Episode.objects.filter(patient_id=occasion.patient_id)
    discharged_at = episodes.aggregate(latest=Max("discharged_at"))["latest"]
    return discharged_at is not None and discharged_at < occasion.since
