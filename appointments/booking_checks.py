"""Checks before a visit or a group session is booked."""

from __future__ import annotations

from datetime import datetime

from access.models import Site, User
from appointments.availability import practitioners_at
from appointments.enums import VisitMode
from appointments.errors import (
    InThePast,
)
from appointments.models import AppointmentType, Room
from common.errors import InvalidInput


def mode_for(type: AppointmentType, wanted: VisitMode | None) -> VisitMode:
    """Return the requested mode, or the first that the type offers. Raises InvalidInput."""
    if wanted is None:
        return VisitMode(type.modes[0])
    if wanted not in type.modes:
        raise InvalidInput("This visit type is not available in this mode.", field="mode")
    return wanted


def refuse_past(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise InThePast(field="starts_at")


def refuse_room(room: Room | None, site: Site, seats: int = 1) -> None:
    """Raise InvalidInput for a room of another site, not in use, or too small."""
    if room is None:
        return
    if room.site_id != site.pk:
        raise InvalidInput("This room is at another site.", field="room")
    if not room.is_active:
        raise InvalidInput("This room is no longer in use.", field="room")
    if room.capacity < seats:
        raise InvalidInput(
            f"This room has a capacity of {room.capacity}.",
            remedy="Choose a larger room or fewer seats.",
            field="room",
        )


def refuse_slot(
    patient_site: int,
    site: Site,
    practitioner: User,
    type: AppointmentType,
    starts_at: datetime,
    now: datetime,
) -> None:
    """Raise InvalidInput for what cannot be booked even if the time is free.

    That is: a time in the past, another site, an inactive or group type, or a practitioner who does
    not give such visits.
    """
    refuse_past(starts_at, now)
    if site.pk != patient_site:
        raise InvalidInput("The patient belongs to another site.", field="site")
    if not type.is_active:
        raise InvalidInput("This visit type is no longer in use.", field="type")
    if type.is_group:
        raise InvalidInput(
            "This visit type is a group.",
            remedy="Book a seat in one of its sessions.",
            field="type",
        )
    refuse_practitioner(practitioner, site, type)


def refuse_practitioner(practitioner: User, site: Site, type: AppointmentType) -> None:
    if practitioner not in practitioners_at(site=site, type=type):
        raise InvalidInput(
            "This person does not offer this visit type at this site.",
            field="practitioner",
        )


def seats_of(type: AppointmentType, wanted: int | None) -> int:
    """Return the seats of a session: `wanted`, or as many as the type has. Raises InvalidInput."""
    if not type.is_active:
        raise InvalidInput("This visit type is no longer in use.", field="type")
    if not type.is_group:
        raise InvalidInput(
            "This visit type is for one patient.", remedy="Choose a group type.", field="type"
        )
    if wanted is None:
        return type.capacity
    if not 1 <= wanted <= type.capacity:
        raise InvalidInput(f"This group type has 1 to {type.capacity} seats.", field="capacity")
    return wanted
