"""What is due, written down. Run every minute; running it twice writes nothing twice."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from appointments.models import Appointment
from patients.enums import ContactKind
from patients.models import ContactPoint
from reminders.enums import LEAD_TIMES, Channel, Step, Subject
from reminders.models import Reminder

#: Nothing is planned or sent closer to the visit than this: it would come too late to help.
LAST_USEFUL = timedelta(hours=2)
#: Nobody's phone rings outside these hours of the site (47 CFR 64.1200(c)(1)).
QUIET_UNTIL, QUIET_FROM = time(8), time(21)
BATCH = 2000

CHANNELS = {ContactKind.PHONE: Channel.SMS, ContactKind.EMAIL: Channel.EMAIL}


def plan_due_reminders(*, now: datetime) -> int:
    """Insert the reminders whose time has come; returns how many were new.

    Each step covers the time between its own lead and the next step's, so a
    visit booked late gets one message, not all the earlier ones at once.
    """
    windows = (
        (Step.THREE_DAYS, LEAD_TIMES[Step.ONE_DAY], LEAD_TIMES[Step.THREE_DAYS]),
        (Step.ONE_DAY, LAST_USEFUL, LEAD_TIMES[Step.ONE_DAY]),
    )
    return sum(_plan_step(step, now + least, now + most, now) for step, least, most in windows)


def waking_hour(moment: datetime, zone: str) -> datetime:
    """`moment`, or the next 08:00 at the site if it falls into the quiet hours."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.time() < QUIET_UNTIL:
        return local.replace(hour=8, minute=0, second=0, microsecond=0)
    if local.time() >= QUIET_FROM:
        return (local + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    return moment


def _plan_step(step: Step, after: datetime, until: datetime, now: datetime) -> int:
    planned = Reminder.objects.filter(
        subject_kind=Subject.APPOINTMENT,
        subject_id=OuterRef("pk"),
        subject_version=OuterRef("version"),
        step=step,
    )
    appointments = (
        Appointment.objects.expected()
        .filter(starts_at__gt=after, starts_at__lte=until)
        .filter(~Exists(planned))
        .select_related("site")
        .order_by("starts_at", "pk")
    )
    written = 0
    for batch in _batches(list(appointments)):
        written += _write_batch(step, batch, now)
    return written


def _batches(rows: list[Appointment]) -> list[list[Appointment]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _write_batch(step: Step, appointments: list[Appointment], now: datetime) -> int:
    points: dict[int, list[ContactPoint]] = {}
    allowed = ContactPoint.objects.filter(
        patient_id__in={row.patient_id for row in appointments},
        is_active=True,
        may_send_messages=True,
    ).order_by("pk")
    for point in allowed:
        points.setdefault(point.patient_id, []).append(point)
    reminders = [
        _reminder(step, appointment, channel, point, now)
        for appointment in appointments
        for channel, point in _one_per_channel(points.get(appointment.patient_id, [])).items()
    ]
    return len(Reminder.objects.bulk_create(reminders, ignore_conflicts=True, batch_size=BATCH))


def _one_per_channel(points: list[ContactPoint]) -> dict[Channel, ContactPoint]:
    """The newest allowed contact point of each channel."""
    return {CHANNELS[ContactKind(point.kind)]: point for point in points}


def _reminder(
    step: Step, appointment: Appointment, channel: Channel, point: ContactPoint, now: datetime
) -> Reminder:
    due = max(now, appointment.starts_at - LEAD_TIMES[step])
    return Reminder(
        patient_id=appointment.patient_id,
        site_id=appointment.site_id,
        contact_point=point,
        subject_kind=Subject.APPOINTMENT,
        subject_id=appointment.pk,
        subject_version=appointment.version,
        step=step,
        channel=channel,
        due_at=waking_hour(due, appointment.site.time_zone),
        recorded_at=now,
    )
