"""Lock rows in a fixed order, and turn constraint violations into domain errors.

The database's constraints decide who gets a time (models/held_times.py). The fixed order makes
transactions wait instead of deadlock: always the series first, then patients, practitioners and
rooms, each by id; group sessions come last, by trigger.
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

#: The error for each constraint. The first name found in the database's message decides.
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
    """Type of the default argument that means "keep the room"."""

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
    """Open a transaction that locks these rows in order; raise the domain error of a violation.

    Raises TryAgain if the database ended the transaction because of a deadlock.
    """
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
    """Lock for changes of one appointment that do not move it."""
    return locked(patients=[appointment.patient_id])


def error_for(problem: IntegrityError) -> Conflict | None:
    """Return the domain error of a violated constraint; None if it is not one of FACTS."""
    words = str(problem)
    return next((fact() for name, fact in FACTS.items() if name in words), None)


def defer_constraints() -> None:
    """Allow overlaps until `check_constraints`, while the visits of a series move one by one."""
    _set_constraints("DEFERRED")


def check_constraints() -> None:
    """Check the deferred constraints now."""
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
    """Update the appointment only if its status in the table is in `allowed`. Raises WrongState."""
    step = {} if keep_version else {"version": F("version") + 1}
    changed = Appointment.objects.filter(pk=appointment.pk, status__in=list(allowed)).update(
        **values, **step
    )
    if not changed:
        raise WrongState
    appointment.refresh_from_db()
