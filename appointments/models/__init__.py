"""Models of appointments, series, groups, waitlist, hours, rooms, kiosks and feeds."""

from appointments.models.appointments import NEAR, Appointment, AppointmentQuerySet
from appointments.models.calendar_feeds import CalendarFeed
from appointments.models.freed_slots import FreedSlot
from appointments.models.group_sessions import GroupSession
from appointments.models.held_times import HeldTime
from appointments.models.kiosks import KioskDevice
from appointments.models.rooms import Room
from appointments.models.series import AppointmentSeries
from appointments.models.visit_types import AppointmentType
from appointments.models.waitlist import WaitlistEntry, WaitlistOffer
from appointments.models.working_hours import Closure, ExtraHours, TimeAway, WorkingHours

__all__ = [
    "NEAR",
    "Appointment",
    "AppointmentQuerySet",
    "AppointmentSeries",
    "AppointmentType",
    "CalendarFeed",
    "Closure",
    "ExtraHours",
    "FreedSlot",
    "GroupSession",
    "HeldTime",
    "KioskDevice",
    "Room",
    "TimeAway",
    "WaitlistEntry",
    "WaitlistOffer",
    "WorkingHours",
]
