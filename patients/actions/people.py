"""Actions on patients: register and update."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from common.errors import InvalidInput
from patients.actions.contacts import add_contact_point
from patients.duplicates import probable_duplicates
from patients.enums import ContactKind
from patients.errors import (
    ProbableDuplicate,
    StaleVersion,
)
from patients.identity import PERSON_FIELDS, person_values
from patients.models import (
    Patient,
)


def register_patient(
    *,
    site: Site,
    person: Mapping[str, Any],
    is_somebody_new: bool = False,
    now: datetime,
    by: User,
) -> Patient:
    """Create a patient's record at `site`; `person` holds PERSON_FIELDS.

    Raises ProbableDuplicate with the ids of similar patients unless `is_somebody_new`,
    InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.EDIT_IDENTITY, on=_at(site))
    known = person_values(person, now=now, zone=site.time_zone)
    if not is_somebody_new:
        alike = probable_duplicates(
            given_name=known["given_name"],
            family_name=known["family_name"],
            birth_date=known["birth_date"],
            user=by,
        )
        if alike:
            raise ProbableDuplicate([patient.pk for patient in alike])
    with transaction.atomic():
        patient = Patient.objects.create(site=site, recorded_at=now, **known)
        record(AuditAction.REGISTER_PATIENT, on=patient, now=now, by=by)
    return patient


@transaction.atomic
def register_patient_with_contacts(
    *,
    site: Site,
    person: Mapping[str, Any],
    phone: str = "",
    may_text: bool = False,
    email: str = "",
    may_email: bool = False,
    is_somebody_new: bool = False,
    now: datetime,
    by: User,
) -> Patient:
    """Register a patient with phone and e-mail address, all or nothing.

    Raises the errors of `register_patient` and of `add_contact_point`.
    """
    patient = register_patient(
        site=site, person=person, is_somebody_new=is_somebody_new, now=now, by=by
    )
    for kind, value, allowed, field in (
        (ContactKind.PHONE, phone, may_text, "phone"),
        (ContactKind.EMAIL, email, may_email, "email"),
    ):
        if value:
            try:
                add_contact_point(
                    patient=patient,
                    kind=kind,
                    value=value,
                    may_send_messages=allowed,
                    now=now,
                    by=by,
                )
            except InvalidInput as problem:
                problem.field = field
                raise
    return patient


@transaction.atomic
def update_patient(
    *, patient: Patient, person: Mapping[str, Any], version: int, now: datetime, by: User
) -> Patient:
    """Change demographics of a patient; `version` is the one that the editor saw.

    Raises StaleVersion if the record was changed meanwhile, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.EDIT_IDENTITY, on=patient)
    before = {name: getattr(patient, name) for name in PERSON_FIELDS}
    known = person_values({**before, **person}, now=now, zone=patient.site.time_zone)
    changed = Patient.objects.filter(pk=patient.pk, version=version).update(
        version=F("version") + 1, **known
    )
    if not changed:
        raise StaleVersion
    fields = sorted(name for name in known if known[name] != before.get(name))
    record(AuditAction.CHANGE_DEMOGRAPHICS, on=patient, now=now, by=by, detail={"fields": fields})
    patient.refresh_from_db()
    return patient


class _AtSite:
    """Stands for a row at a site that does not exist yet, in a permission check."""

    def __init__(self, site: Site) -> None:
        self.site_id = site.pk


def _at(site: Site) -> _AtSite:
    return _AtSite(site)
