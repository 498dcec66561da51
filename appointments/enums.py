"""Words of the calendar."""

from django.db import models


class AppointmentStatus(models.TextChoices):
    BOOKED = "booked", "Booked"
    CONFIRMED = "confirmed", "Confirmed"
    ARRIVED = "arrived", "Arrived"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    NO_SHOW = "no_show", "Did not come"


#: A slot in one of these belongs to somebody: nobody else can have it.
HOLDING = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.COMPLETED,
)

#: Still to come; reminders are for these.
EXPECTED = (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED)


class CancelledBy(models.TextChoices):
    PATIENT = "patient", "The patient"
    CLINIC = "clinic", "The clinic"


class MissReason(models.TextChoices):
    """Why somebody did not come, when it is known."""

    UNKNOWN = "unknown", "Not known"
    FORGOT = "forgot", "Forgot"
    ILLNESS = "illness", "Ill"
    IN_HOSPITAL = "in_hospital", "In hospital"
    IN_JAIL = "in_jail", "In jail or prison"
    MOVED = "moved", "Moved away"
    ON_HOLIDAY = "on_holiday", "Travelling"
    NO_FUNDING = "no_funding", "No money or cover"
    UNABLE = "unable", "Could not come (work, children, transport)"
    LEFT_TREATMENT = "left_treatment", "Left treatment"
    DIED = "died", "Died"
    OTHER = "other", "Other"
