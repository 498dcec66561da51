"""Enums of the reminders app, with remedies and permissions for some of them."""

from collections.abc import Mapping
from datetime import timedelta

from access.enums import Permission
from common.choices import TextChoices


class Subject(TextChoices):
    """What a message is about. The text never says it (reminders/message_templates.py)."""

    APPOINTMENT = "appointment", "Visit"
    MISSED_VISIT = "missed_visit", "Visit that was missed"
    MISSED_DOSE = "missed_dose", "Dose that was missed"
    INJECTION = "injection", "Injection due"
    TAKE_HOME_END = "take_home_end", "Day after the last dose taken home"
    CALL_BACK = "call_back", "Called back with what was taken home"
    PLANNED_TEST = "planned_test", "Drug test planned"
    RANDOM_TEST = "random_test", "Random drug test"
    NALOXONE = "naloxone", "Naloxone kit expires"
    PLAN_REVIEW = "plan_review", "Plan to be reviewed"
    CONSENT_END = "consent_end", "Consent ends"
    ORDER_END = "order_end", "Order of medication ends"


class Step(TextChoices):
    """How long before or after the moment a message is sent.

    Two reminders work better than one (docs/clinical.md).
    """

    AT_ONCE = "at_once", "at once"
    THIRTY_DAYS = "thirty_days", "30 days before"
    SEVEN_DAYS = "seven_days", "7 days before"
    THREE_DAYS = "three_days", "3 days before"
    ONE_DAY = "one_day", "1 day before"
    THE_DAY = "the_day", "on the day itself"
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

    VISIT = "visit", "Before a visit"
    COME = "come", "Expected on a day, whatever for"
    CALL = "call", "Please call"
    REBOOK = "rebook", "After a visit that was missed"


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

    CONFIRM = "confirm", "Comes"
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
    NOT_WANTED = "not_wanted", "The patient does not want messages in this way"
    OPTED_OUT = "opted_out", "STOP was texted from this number"
    PAUSED = "paused", "The patient asked for a pause of all messages"
    SETTLED = "settled", "What it was about is settled"
    TOO_LATE = "too_late", "It would have come too late to help"
    DIED = "died", "The patient has died"
    DISCHARGED = "discharged", "The patient left care after this came up"
    NO_GATEWAY = "no_gateway", "The clinic has set up no way to send such messages"


#: What staff can do about each; empty if nothing is left to do.
REMEDIES: Mapping[str, str] = {
    SkipReason.CANCELLED: "",
    SkipReason.MOVED: "",
    SkipReason.NO_CONTACT: "Ask for a number or address that may be used, and call for this one.",
    SkipReason.NUMBER_CHANGED: "The next one goes there; call for this one.",
    SkipReason.NOT_WANTED: "Call, or ask whether that still holds.",
    SkipReason.OPTED_OUT: "Call. Only START, texted by the patient, lets texts go out again.",
    SkipReason.PAUSED: "Call if it cannot wait; the pause ends by itself.",
    SkipReason.SETTLED: "",
    SkipReason.TOO_LATE: "Call if the visit is still to come.",
    SkipReason.DIED: "Cancel what is still booked.",
    SkipReason.DISCHARGED: "Cancel what is booked, or move it if they still come.",
    SkipReason.NO_GATEWAY: "Call; the administrator sets up a gateway (docs/settings.md).",
}


class FollowUpReason(TextChoices):
    """Why a staff member should do something about a patient."""

    NO_SHOW = "no_show", "Did not come: call and find a new time"
    RESCHEDULE = "reschedule", "Wants another time: call and book"
    UNREACHABLE = "unreachable", "Cannot be reached by message: call before the visit"
    MISSED_DOSE = "missed_dose", "Missed a dose: call"
    INJECTION_LATE = "injection_late", "The time for the injection is over: call"
    NOT_COUNTED = "not_counted", "Called back with what was taken home and did not come: call"
    MISSED_TEST = "missed_test", "A planned test was not taken: call, or call it off"
    PLAN_REVIEW = "plan_review", "The plan is due for review"
    ORDER_ENDING = (
        "order_ending",
        "An order of medication ends: sign the next version, or let it end",
    )
    CONSENT_ENDING = "consent_ending", "A consent ends soon: renew it, or let it end"


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
    REACHED = "reached", "Reached: it is arranged"
    MESSAGE_LEFT = "message_left", "Not reached; a message was left"
    NOT_REACHED = "not_reached", "Not reached"
    NOT_NEEDED = "not_needed", "Not needed any more"
