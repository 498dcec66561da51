"""Time held for patients, and the hours, rooms and groups it is held in."""

from appointments.models.doors import CalendarFeed, KioskDevice
from appointments.models.freed import FreedTime
from appointments.models.held import HeldTime
from appointments.models.hours import Closure, ExtraHours, TimeAway, WorkingHours
from appointments.models.kinds import AppointmentType, Room
from appointments.models.series import AppointmentSeries
from appointments.models.sessions import GroupSession
from appointments.models.visits import NEAR, Appointment, AppointmentQuerySet
from appointments.models.waiting import WaitlistEntry, WaitlistOffer

__all__ = [
    "NEAR",
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentSeries",
    "AppointmentType",
    "CalendarFeed",
    "Closure",
    "ExtraHours",
    "FreedTime",
    "GroupSession",
    "HeldTime",
    "KioskDevice",
    "Room",
    "TimeAway",
    "WaitlistEntry",
    "WaitlistOffer",
    "WorkingHours",
]
