"""Enums of the reminders app, with remedies and permissions for some of them."""

from collections.abc import Mapping
from datetime import timedelta

from access.enums import Permission
from common.choices import TextChoices


class Subject(TextChoices):
    """What a message is about. The text never says it (reminders/message_templates.py)."""

    APPOINTMENT = "appointment", "Appointment"
    MISSED_VISIT = "missed_visit", "Missed appointment"
    MISSED_DOSE = "missed_dose", "Missed dose"
    INJECTION = "injection", "Injection due"
    TAKE_HOME_END = "take_home_end", "Take-home doses end"
    CALL_BACK = "call_back", "Call-back for take-home doses"
    PLANNED_TEST = "planned_test", "Planned drug test"
    RANDOM_TEST = "random_test", "Random drug test"
    NALOXONE = "naloxone", "Naloxone kit expires"
    PLAN_REVIEW = "plan_review", "Plan review"
    CONSENT_END = "consent_end", "Consent expires"
    ORDER_END = "order_end", "Medication order ends"


class Step(TextChoices):
    """How long before or after the moment a message is sent.

    Two reminders work better than one (docs/clinical.md).
    """

    AT_ONCE = "at_once", "at once"
    THIRTY_DAYS = "thirty_days", "30 days before"
    SEVEN_DAYS = "seven_days", "7 days before"
    THREE_DAYS = "three_days", "3 days before"
    ONE_DAY = "one_day", "1 day before"
    THE_DAY = "the_day", "on the same day"
    TWO_HOURS = "two_hours", "2 hours before"
    AFTERWARDS = "afterwards", "within a day after"


LEAD_TIMES = {
    # Longer than the longest notice of a call-back, which is sent at once
    # (dispensary/models/doses.py, LONGEST_NOTICE).
    Step.AT_ONCE: timedelta(days=8),
    Step.THIRTY_DAYS: timedelta(days=30),
    Step.SEVEN_DAYS: timedelta(days=7),
    Step.THREE_DAYS: timedelta(days=3),
    Step.ONE_DAY: timedelta(days=1),
    # For a subject with a day and no hour (noon): from eight in the morning, not earlier.
    Step.THE_DAY: timedelta(hours=4),
    Step.TWO_HOURS: timedelta(hours=2),
    Step.AFTERWARDS: timedelta(0),
}


class Channel(TextChoices):
    SMS = "sms", "Text message"
    EMAIL = "email", "E-mail"


class Language(TextChoices):
    """Languages that the shipped message templates are in."""

    EN = "en", "English"
    ES = "es", "Spanish"


class TemplateKind(TextChoices):
    """Kinds of message template: few, so that none of them reveals what it is about."""

    VISIT = "visit", "Before an appointment"
    COME = "come", "Expected on a day"
    CALL = "call", "Please call"
    REBOOK = "rebook", "After a missed appointment"


class ReminderStatus(TextChoices):
    """Status of a reminder. `claimed` is a lease: its worker is handing the message over."""

    DUE = "due", "Waiting"
    CLAIMED = "claimed", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not sent"
    UNCERTAIN = "uncertain", "Uncertain"


class Delivery(TextChoices):
    """What the gateway reported later about a message that it took."""

    DELIVERED = "delivered", "Delivered"
    UNDELIVERED = "undelivered", "Not delivered"


class ReplyIntent(TextChoices):
    """What an incoming text was understood as."""

    CONFIRM = "confirm", "Will come"
    RESCHEDULE = "reschedule", "Wants another time"
    HELP = "help", "Asks who this is"
    STOP = "stop", "Wants no more texts"
    START = "start", "Wants texts again"
    UNCLEAR = "unclear", "Not understood"


class SkipReason(TextChoices):
    """Why nothing was sent."""

    CANCELLED = "cancelled", "The appointment was canceled or has already begun"
    MOVED = "moved", "The appointment was moved; the new time has its own reminders"
    NO_CONTACT = (
        "no_contact",
        "The number or address is no longer in use, or messages are not allowed",
    )
    NUMBER_CHANGED = "number_changed", "The patient wants messages at another number or address now"
    NOT_WANTED = "not_wanted", "The patient does not want this kind of message"
    OPTED_OUT = "opted_out", "STOP was texted from this number"
    PAUSED = "paused", "The patient paused all messages"
    SETTLED = "settled", "No longer needed"
    TOO_LATE = "too_late", "It would have arrived too late"
    DIED = "died", "The patient has died"
    DISCHARGED = "discharged", "The patient was discharged"
    NO_GATEWAY = "no_gateway", "The clinic has no gateway for this kind of message"


#: What staff can do about each; empty if nothing is left to do.
REMEDIES: Mapping[str, str] = {
    SkipReason.CANCELLED: "",
    SkipReason.MOVED: "",
    SkipReason.NO_CONTACT: "Call for this one, and ask for a number or address that may be used.",
    SkipReason.NUMBER_CHANGED: "Call for this one. The next one uses the new number or address.",
    SkipReason.NOT_WANTED: "Call, and ask whether the patient still does not want messages.",
    SkipReason.OPTED_OUT: "Call. Texts can be sent again only after the patient texts START.",
    SkipReason.PAUSED: "Call if it cannot wait. The pause ends automatically.",
    SkipReason.SETTLED: "",
    SkipReason.TOO_LATE: "Call if the appointment is still ahead.",
    SkipReason.DIED: "Cancel the appointments that are still booked.",
    SkipReason.DISCHARGED: "Cancel booked appointments, or move them if the patient still comes.",
    SkipReason.NO_GATEWAY: "Call. Ask the administrator to set up a gateway (docs/settings.md).",
}


class FollowUpReason(TextChoices):
    """Why a staff member should do something about a patient."""

    NO_SHOW = "no_show", "No-show: call and find a new time"
    RESCHEDULE = "reschedule", "Wants another time: call and book"
    UNREACHABLE = "unreachable", "Cannot be reached by message: call before the appointment"
    MISSED_DOSE = "missed_dose", "Missed a dose: call"
    INJECTION_LATE = "injection_late", "Injection overdue: call"
    NOT_COUNTED = "not_counted", "Did not come to the call-back: call"
    MISSED_TEST = "missed_test", "Planned drug test not taken: call, or cancel the test"
    PLAN_REVIEW = "plan_review", "Treatment plan is due for review"
    ORDER_ENDING = (
        "order_ending",
        "Medication order ends: sign the next plan version, or let it end",
    )
    CONSENT_ENDING = "consent_ending", "Consent expires soon: renew it, or let it expire"


#: Permission needed besides FOLLOW_UP, because a reason reveals something of the record.
FOLLOW_UP_PERMISSIONS: Mapping[str, Permission] = {
    FollowUpReason.NO_SHOW: Permission.SEE_SCHEDULE,
    FollowUpReason.RESCHEDULE: Permission.SEE_SCHEDULE,
    FollowUpReason.UNREACHABLE: Permission.SEE_SCHEDULE,
    FollowUpReason.MISSED_DOSE: Permission.SEE_DOSES,
    FollowUpReason.INJECTION_LATE: Permission.SEE_DOSES,
    FollowUpReason.NOT_COUNTED: Permission.SEE_DOSES,
    FollowUpReason.MISSED_TEST: Permission.SEE_CLINICAL,
    FollowUpReason.PLAN_REVIEW: Permission.SEE_PLAN,
    FollowUpReason.ORDER_ENDING: Permission.SEE_PLAN,
    FollowUpReason.CONSENT_ENDING: Permission.SEE_CONSENTS,
}


class FollowUpOutcome(TextChoices):
    REACHED = "reached", "Reached and arranged"
    MESSAGE_LEFT = "message_left", "Not reached; a message was left"
    NOT_REACHED = "not_reached", "Not reached"
    NOT_NEEDED = "not_needed", "No longer needed"
