"""How time is taken: locks in one order, and the database's "no" turned into a named fact.

The constraints decide (models/held.py). What waits here, waits instead of deadlocking: always the
series first, then patients, practitioners and rooms, each by id; group sessions come last, by trigger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Model

from access.models import User
from appointments.enums import AppointmentStatus
from appointments.errors import (
    AlreadyWaiting,
    GroupFull,
    GroupMoved,
    HoursOverlap,
    OfferOpen,
    PatientBusy,
    RoomTaken,
    SeriesDayTaken,
    SlotTaken,
    TryAgain,
    WrongState,
)
from appointments.models import Appointment, AppointmentSeries, Room
from common.errors import Conflict
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


class Unchanged(Enum):
    """In place of a room: the one that it has."""

    UNCHANGED = "same"


UNCHANGED = Unchanged.UNCHANGED


@contextmanager
def locked(
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
        fact = error_for(problem)
        if fact is None:
            raise
        raise fact from problem
    except OperationalError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != DEADLOCK:
            raise
        raise TryAgain from problem


def locked_for(appointment: Appointment) -> Any:
    """`locked` for what changes one visit where it stands."""
    return locked(patients=[appointment.patient_id])


def error_for(problem: IntegrityError) -> Conflict | None:
    words = str(problem)
    return next((fact() for name, fact in FACTS.items() if name in words), None)


def defer_constraints() -> None:
    """Let overlaps within one series pass until `check_constraints`: its visits move one after the other."""
    _set_constraints("DEFERRED")


def check_constraints() -> None:
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


def update_if_status(
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
