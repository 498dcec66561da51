"""Reads of patients that no list offers."""

from __future__ import annotations

from datetime import date

from access.enums import Right
from access.models import User
from access.noticing import looking_further
from access.policy import has_right, may, open_emergencies
from common.errors import InvalidInput
from patients.enums import Basis
from patients.models import Patient

#: What a record opened in an emergency may be told on: to those who treat that emergency (2.51).
IN_AN_EMERGENCY = frozenset({Basis.EMERGENCY})


def grounds_open_to(user: User, patient: Patient) -> frozenset[Basis]:
    """On which grounds `user` may disclose of `patient`: all, one in an opened emergency, or none."""
    if may(user, Right.DISCLOSE, on=patient):
        return frozenset(Basis)
    opened = has_right(user, Right.DISCLOSE) and patient.pk in open_emergencies(user)
    return IN_AN_EMERGENCY if opened else frozenset()


def all_stays_of(patient: Patient) -> list[tuple[date, date | None]]:
    """When `patient` was in treatment, for whether a consent still holds: no other right is asked.

    Where treatment ended is part of that answer, and is not shown itself.
    """
    with looking_further():
        return [(row.admission_date, row.discharge_date) for row in patient.episodes.all()]


def find_in_emergency(*, record_number: str, birth_date: date) -> Patient:
    """The one record that both facts name, at whatever site; only an emergency asks like this.

    Raises InvalidInput, the same whichever of the two is wrong.
    """
    fits = Patient.objects.filter(
        record_number=record_number.strip().upper(), birth_date=birth_date
    )
    with looking_further():  # whose it is, is shown to nobody until it is opened
        found = fits.select_related("site").first()
    if found is None:
        raise InvalidInput("No record has this number and birth date.", field="record_number")
    return found
