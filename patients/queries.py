"""Reads of patients that no list offers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from access.authz.policy import can, has_permission, open_emergencies
from access.enums import Permission
from access.models import User
from access.row_tracking import unguarded_reads
from common.errors import InvalidInput
from patients.enums import Basis, Information
from patients.models import Patient

#: What a record opened in an emergency may be told on: to those who treat that emergency (2.51).
IN_AN_EMERGENCY = frozenset({Basis.EMERGENCY})
#: And what of it: only what the opened record shows to whoever opened it.
SHOWN_WITH: Mapping[Information, Permission] = {
    Information.IDENTITY: Permission.SEE_IDENTITY,
    Information.ATTENDANCE: Permission.SEE_SCHEDULE,
    Information.DATES: Permission.SEE_IDENTITY,
    Information.DIAGNOSES: Permission.SEE_CLINICAL,
    Information.PLAN: Permission.SEE_PLAN,
    Information.MEDICATION: Permission.SEE_DOSES,
    Information.DRUG_TESTS: Permission.SEE_CLINICAL,
    Information.ASSESSMENTS: Permission.SEE_CLINICAL,
}


def bases_open_to(user: User, patient: Patient) -> frozenset[Basis]:
    """On which grounds `user` may disclose of `patient`: all, one in an opened emergency, or none."""
    if can(user, Permission.DISCLOSE, on=patient):
        return frozenset(Basis)
    opened = has_permission(user, Permission.DISCLOSE) and patient.pk in open_emergencies(user)
    return IN_AN_EMERGENCY if opened else frozenset()


def all_episodes_of(patient: Patient) -> list[tuple[date, date | None]]:
    """When `patient` was in treatment, for whether a consent still holds: no other right is asked.

    Where treatment ended is part of that answer, and is not shown itself.
    """
    with unguarded_reads():
        return [(row.admission_date, row.discharge_date) for row in patient.episodes.all()]


def information_open_to(user: User, patient: Patient) -> frozenset[Information]:
    """What `user` may tell of `patient` in an opened emergency; never counselling notes."""
    return frozenset(kind for kind, right in SHOWN_WITH.items() if can(user, right, on=patient))


def find_in_emergency(*, record_number: str, birth_date: date) -> Patient:
    """The one record that both facts name, at whatever site; only an emergency asks like this.

    Raises InvalidInput, the same whichever of the two is wrong.
    """
    fits = Patient.objects.filter(
        record_number=record_number.strip().upper(), birth_date=birth_date
    )
    with unguarded_reads():  # whose it is, is shown to nobody until it is opened
        found = fits.select_related("site").first()
    if found is None:
        raise InvalidInput("No record has this number and birth date.", field="record_number")
    return found
