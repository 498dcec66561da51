"""Looked at just before sending: the world may have changed since the row was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists

from access.models import AuditEntry
from appointments.enums import EXPECTED
from appointments.models import Appointment
from common.days import day_of
from patients.enums import DischargeReason, EventKind
from patients.models import ClinicalEvent, ContactPoint, Episode
from reminders.enums import SkipReason
from reminders.models import Reminder
from reminders.planning import LAST_USEFUL, waking_hour


@dataclass(frozen=True)
class Skip:
    """Not to be sent, for a reason that staff read."""

    reason: SkipReason


@dataclass(frozen=True)
class Wait:
    """Not now: people sleep."""

    until: datetime


@dataclass(frozen=True)
class Go:
    """To be sent to this number or address, about this visit."""

    appointment: Appointment
    to: str


def second_look(reminder: Reminder, *, now: datetime) -> Skip | Wait | Go:
    """What to do with a due reminder at `now`, by what the tables say now, not at claim time."""
    appointment = Appointment.objects.select_related("site").filter(pk=reminder.subject_id).first()
    if appointment is None or appointment.status not in EXPECTED:
        return Skip(SkipReason.CANCELLED)
    if appointment.version != reminder.subject_version:
        return Skip(SkipReason.MOVED)
    if is_too_late(appointment, now):
        return Skip(SkipReason.TOO_LATE)
    left = _left_care(appointment)
    if left:
        return Skip(left)
    # Read last: nobody who has just said no gets a message because a batch was long.
    to, has_died = _reach(reminder)
    if has_died:
        return Skip(SkipReason.DIED)
    if to is None:
        return Skip(SkipReason.NO_CONTACT)
    woken = waking_hour(now, appointment.site.time_zone)
    if woken == now:
        return Go(appointment, to)
    return Skip(SkipReason.TOO_LATE) if is_too_late(appointment, woken) else Wait(woken)


def is_too_late(appointment: Appointment, moment: datetime) -> bool:
    """Whether a message that goes out at `moment` would not help any more."""
    return appointment.starts_at - moment < LAST_USEFUL


def _reach(reminder: Reminder) -> tuple[str | None, bool]:
    """The number or address if messages are still allowed there, and whether a death is on record."""
    deaths = ClinicalEvent.objects.filter(patient_id=reminder.patient_id, kind=EventKind.DEATH)
    points = ContactPoint.objects.filter(pk=reminder.contact_point_id).annotate(died=Exists(deaths))
    value, is_active, allowed, has_died = points.values_list(
        "value", "is_active", "may_send_messages", "died"
    ).get()
    return (value if is_active and allowed else None), has_died


def _left_care(appointment: Appointment) -> SkipReason | None:
    """Dead, or discharged since the visit was booked; one booked after leaving is a way back."""
    stays = list(
        Episode.objects.filter(patient_id=appointment.patient_id).values_list(
            "discharge_date", "discharge_reason"
        )
    )
    if any(reason == DischargeReason.DEATH for _, reason in stays):
        return SkipReason.DIED
    ended = [day for day, _ in stays if day is not None]
    if not ended or len(ended) < len(stays):
        return None
    last, booked = max(ended), day_of(appointment.held_since, appointment.site.time_zone)
    if last == booked:
        return None if _booked_after_leaving(appointment) else SkipReason.DISCHARGED
    return SkipReason.DISCHARGED if last > booked else None


def _booked_after_leaving(appointment: Appointment) -> bool:
    """Which came first on one day. A discharge has no hour but that of its row in the trail.

    Without such a row, as after an import, the discharge counts as the later of the two.
    """
    discharges = AuditEntry.objects.filter(
        patient_id=appointment.patient_id, action="discharge"
    ).order_by("-at")
    discharged_at = discharges.values_list("at", flat=True).first()
    return discharged_at is not None and discharged_at < appointment.held_since
