"""How time is taken: locks in one order, and the database's "no" turned into a named fact.

The constraints decide (models/held.py). What waits here, waits instead of deadlocking: always the
series first, then patients, practitioners and rooms, each by id; group sessions come last, by trigger.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Model

from access.models import Site, User
from appointments.availability import practitioners_at
from appointments.enums import EXPECTED, AppointmentStatus, VisitMode
from appointments.errors import (
    AlreadyWaiting,
    GroupFull,
    GroupMoved,
    HoursOverlap,
    InThePast,
    OfferOpen,
    PatientBusy,
    RoomTaken,
    SeriesDayTaken,
    SlotTaken,
    TryAgain,
    WrongState,
)
from appointments.models import Appointment, AppointmentSeries, AppointmentType, Room
from common.errors import Conflict, InvalidInput
from patients.models import Patient

#: What each constraint says. The first name that stands in the database's words decides.
FACTS: dict[str, type[Conflict]] = {
    "patient_once_at_a_time": PatientBusy,
    "one_seat_per_patient_in_a_group": PatientBusy,
    "one_visit_per_day_of_a_series": SeriesDayTaken,
    "held_practitioner_once_at_a_time": SlotTaken,
    "held_room_once_at_a_time": RoomTaken,
    "group_session_not_overrun": GroupFull,
    "group_visit_is_at_its_session": GroupMoved,
    "check_in_code_once_per_site": TryAgain,
    "waitlist_once_per_patient_and_type": AlreadyWaiting,
    "offer_open_once": OfferOpen,
    "working_hours_nowhere_twice": HoursOverlap,
    "extra_hours_once": HoursOverlap,
    "time_away_does_not_overlap": HoursOverlap,
}
DEADLOCK = "40P01"
CODE_DIGITS = 6


class Same(Enum):
    """In place of a room: the one that it has."""

    SAME = "same"


SAME = Same.SAME


@contextmanager
def holding(
    *,
    series: Iterable[int | None] = (),
    patients: Iterable[int] = (),
    practitioners: Iterable[int | None] = (),
    rooms: Iterable[int | None] = (),
) -> Iterator[None]:
    """A transaction in which these queue up for one another. Raises the named fact of a refusal."""
    in_order: tuple[tuple[type[Model], Iterable[int | None]], ...] = (
        (AppointmentSeries, series),
        (Patient, patients),
        (User, practitioners),
        (Room, rooms),
    )
    try:
        with transaction.atomic():
            for model, ids in in_order:
                _lock(model, ids)
            yield
    except IntegrityError as problem:
        fact = fact_of(problem)
        if fact is None:
            raise
        raise fact from problem
    except OperationalError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != DEADLOCK:
            raise
        raise TryAgain from problem


def changing(appointment: Appointment) -> Any:
    """`holding` for what changes one visit where it stands."""
    return holding(patients=[appointment.patient_id])


def fact_of(problem: IntegrityError) -> Conflict | None:
    words = str(problem)
    return next((fact() for name, fact in FACTS.items() if name in words), None)


def at_the_end() -> None:
    """Let overlaps within one series pass until `look_now`: its visits move one after the other."""
    _set_constraints("DEFERRED")


def look_now() -> None:
    _set_constraints("IMMEDIATE")


def _set_constraints(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS held_practitioner_once_at_a_time, held_room_once_at_a_time,"
            f" appointment_patient_once_at_a_time {when}"
        )


def _lock(model: type[Model], ids: Iterable[int | None]) -> None:
    wanted = sorted({pk for pk in ids if pk is not None})
    if wanted:
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=wanted)
        list(rows.order_by("pk").values_list("pk"))


def change(
    appointment: Appointment,
    allowed: Iterable[AppointmentStatus],
    *,
    keep_version: bool = False,
    **values: object,
) -> None:
    """Compare-and-set: only from a status in `allowed`, whatever was read before."""
    step = {} if keep_version else {"version": F("version") + 1}
    changed = Appointment.objects.filter(pk=appointment.pk, status__in=list(allowed)).update(
        **values, **step
    )
    if not changed:
        raise WrongState
    appointment.refresh_from_db()


def codes_for(site: Site, count: int = 1) -> list[str]:
    """So many codes for checking in that no expected visit of the site has."""
    drawn: list[str] = []
    while len(drawn) < count:
        new = {f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}" for _ in range(2 * count)}
        taken = Appointment.objects.filter(
            site=site, status__in=EXPECTED, check_in_code__in=new
        ).values_list("check_in_code", flat=True)
        drawn += sorted(new - set(taken) - set(drawn), key=lambda _: secrets.randbelow(2**32))
    return drawn[:count]


def mode_for(type: AppointmentType, wanted: VisitMode | None) -> VisitMode:
    """The mode that was asked for, or the first that the type offers. Raises InvalidInput."""
    if wanted is None:
        return VisitMode(type.modes[0])
    if wanted not in type.modes:
        raise InvalidInput("This kind of visit is not offered that way.", field="mode")
    return wanted


def refuse_past(starts_at: datetime, now: datetime) -> None:
    if starts_at <= now:
        raise InThePast(field="starts_at")


def refuse_room(room: Room | None, site: Site, seats: int = 1) -> None:
    """Another site's, one that is not in use any more, or one that is too small."""
    if room is None:
        return
    if room.site_id != site.pk:
        raise InvalidInput("This room is at another site.", field="room")
    if not room.is_active:
        raise InvalidInput("This room is not in use any more.", field="room")
    if room.capacity < seats:
        raise InvalidInput(
            f"This room is for {room.capacity} at once.",
            remedy="Choose a larger room, or fewer seats.",
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
    """What cannot be booked whenever it is: the past, another site, somebody who does not give it."""
    refuse_past(starts_at, now)
    if site.pk != patient_site:
        raise InvalidInput("The patient belongs to another site.", field="site")
    if not type.is_active:
        raise InvalidInput("This kind of visit is not offered any more.", field="type")
    if type.is_group:
        raise InvalidInput(
            "This kind of visit is a group.", remedy="Book into one of its sessions.", field="type"
        )
    refuse_practitioner(practitioner, site, type)


def refuse_practitioner(practitioner: User, site: Site, type: AppointmentType) -> None:
    if practitioner not in practitioners_at(site=site, type=type):
        raise InvalidInput(
            "Nobody of that name sees patients at this site for such a visit.",
            field="practitioner",
        )


def seats_of(type: AppointmentType, wanted: int | None) -> int:
    if not type.is_active:
        raise InvalidInput("This kind of visit is not offered any more.", field="type")
    if not type.is_group:
        raise InvalidInput(
            "This kind of visit is for one patient.", remedy="Choose a group.", field="type"
        )
    if wanted is None:
        return type.capacity
    if not 1 <= wanted <= type.capacity:
        raise InvalidInput(f"This kind of group has 1 to {type.capacity} seats.", field="capacity")
    return wanted
