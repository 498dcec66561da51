"""Queries about one patient that are not part of a list."""

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

#: The bases of disclosure for a record opened in an emergency: only to those who treat it (2.51).
IN_AN_EMERGENCY = frozenset({Basis.EMERGENCY})
#: The permission that shows each kind of information; limits disclosures of an opened record.
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
    """The bases on which `user` may disclose from the record of `patient`.

    All of them, only the emergency basis with emergency access, or none.
    """
    if can(user, Permission.DISCLOSE, on=patient):
        return frozenset(Basis)
    opened = has_permission(user, Permission.DISCLOSE) and patient.pk in open_emergencies(user)
    return IN_AN_EMERGENCY if opened else frozenset()


def all_episodes_of(patient: Patient) -> list[tuple[date, date | None]]:
    """Stays of `patient` in treatment, to decide whether a consent still holds.

    No permission is checked: the end of treatment is part of that decision and is not shown.
    """
    with unguarded_reads():
        return [(row.admission_date, row.discharge_date) for row in patient.episodes.all()]


def information_open_to(user: User, patient: Patient) -> frozenset[Information]:
    """What `user` may disclose with emergency access; never counseling notes."""
    return frozenset(kind for kind, right in SHOWN_WITH.items() if can(user, right, on=patient))


def find_in_emergency(*, record_number: str, birth_date: date) -> Patient:
    """Find the record with this number and birth date at any site, for emergency access.

    Raises the same InvalidInput whichever of the two is wrong.
    """
    fits = Patient.objects.filter(
        record_number=record_number.strip().upper(), birth_date=birth_date
    )
    with unguarded_reads():  # the patient is not shown until the record is opened
        found = fits.select_related("site").first()
    if found is None:
        raise InvalidInput(
            "No record has this record number and birth date.", field="record_number"
        )
    return found
