"""Words of reminding."""

from datetime import timedelta

from django.db import models


class Subject(models.TextChoices):
    """What a reminder is about."""

    APPOINTMENT = "appointment", "Appointment"


class Step(models.TextChoices):
    """How long before. Two reminders beat one (docs/clinical.md)."""

    THREE_DAYS = "three_days", "3 days before"
    ONE_DAY = "one_day", "1 day before"


LEAD_TIMES = {Step.THREE_DAYS: timedelta(days=3), Step.ONE_DAY: timedelta(days=1)}


class Channel(models.TextChoices):
    SMS = "sms", "Text message"
    EMAIL = "email", "E-mail"


class ReminderStatus(models.TextChoices):
    """`claimed` is a lease: whoever holds it is handing the message over just now."""

    DUE = "due", "Waiting"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not sent"
    UNCERTAIN = "uncertain", "Uncertain"


class SkipReason(models.TextChoices):
    """Why nothing was sent, in words staff can act on."""

    CANCELLED = "cancelled", "The appointment was cancelled or has already begun"
    MOVED = "moved", "The appointment was moved; the new time has its own reminders"
    NO_CONTACT = (
        "no_contact",
        "The number or address is no longer in use, or messages are not allowed",
    )
    TOO_LATE = "too_late", "It would have come too late to help"
    DIED = "died", "The patient has died: cancel the appointment"
    DISCHARGED = (
        "discharged",
        "The patient left care after this was booked: cancel it, or move it if they still come",
    )
    NO_GATEWAY = "no_gateway", "The clinic has set up no way to send such messages"
