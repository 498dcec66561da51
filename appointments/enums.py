"""Enums of the appointments app."""

from common.choices import IntegerChoices, TextChoices


class AppointmentStatus(TextChoices):
    BOOKED = "booked", "Booked"
    CONFIRMED = "confirmed", "Confirmed"
    ARRIVED = "arrived", "Arrived"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Canceled"
    NO_SHOW = "no_show", "No-show"


#: An appointment in one of these statuses holds its slot.
HOLDING = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.COMPLETED,
)

#: Still to come; reminders are sent for these.
EXPECTED = (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED)


class CancelledBy(TextChoices):
    PATIENT = "patient", "The patient"
    CLINIC = "clinic", "The clinic"


class MissReason(TextChoices):
    """Why a patient missed a visit, if known."""

    UNKNOWN = "unknown", "Not known"
    FORGOT = "forgot", "Forgot"
    ILLNESS = "illness", "Sick"
    IN_HOSPITAL = "in_hospital", "In hospital"
    IN_JAIL = "in_jail", "In jail or prison"
    MOVED = "moved", "Moved away"
    ON_HOLIDAY = "on_holiday", "Traveling"
    NO_FUNDING = "no_funding", "No money or insurance"
    UNABLE = "unable", "Could not come (work, children, transport)"
    LEFT_TREATMENT = "left_treatment", "Left treatment"
    DIED = "died", "Died"
    OTHER = "other", "Other"


class VisitMode(TextChoices):
    """Where patient and practitioner meet."""

    IN_PERSON = "in_person", "In person"
    PHONE = "phone", "By phone"
    VIDEO = "video", "By video"


class Weekday(IntegerChoices):
    """Weekdays as Python counts them: Monday is 0."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class AwayReason(TextChoices):
    """Why a staff member is away. A code without text: health data of staff is not stored here."""

    LEAVE = "leave", "Leave"
    TRAINING = "training", "Training"
    MEETING = "meeting", "Meeting"
    ELSEWHERE = "elsewhere", "Working elsewhere"
    OTHER = "other", "Other"


class GroupStatus(TextChoices):
    PLANNED = "planned", "Planned"
    HELD = "held", "Completed"
    CANCELLED = "cancelled", "Canceled"


class SeriesReach(TextChoices):
    """Which visits of a series a change applies to."""

    ONE = "one", "This appointment only"
    FOLLOWING = "following", "This and all later ones"
    ALL = "all", "All upcoming ones"


class ClinicalPriority(IntegerChoices):
    """Order of turns for a freed slot, smallest first (docs/clinical.md has the reasons)."""

    AFTER_OVERDOSE = 1, "Overdose, or released from jail or hospital within two weeks"
    PREGNANT = 2, "Pregnant"
    MEDICATION_GAP = 3, "Without medication: doses missed or not started"
    AT_RISK = 4, "Returned to use, or missed the last appointment"
    ROUTINE = 5, "Routine"


class WaitlistStatus(TextChoices):
    WAITING = "waiting", "Waiting"
    BOOKED = "booked", "Booked"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Expired"


class OfferStatus(TextChoices):
    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Expired"
    WITHDRAWN = "withdrawn", "Withdrawn"
