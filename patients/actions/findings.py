"""Actions on clinical findings: substance use, diagnoses, events and assessments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import Conflict, InvalidInput
from common.time_zones import refuse_future_date
from patients.diagnosis_codes import CODES
from patients.enums import EventKind, Instrument
from patients.models import (
    Assessment,
    ClinicalEvent,
    Diagnosis,
    Patient,
    SubstanceUse,
)


@transaction.atomic
def record_substance_use(
    *, patient: Patient, use: Mapping[str, Any], now: datetime, by: User
) -> SubstanceUse:
    """Record the use of one substance: route, frequency, age at first use.

    Raises NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    row = SubstanceUse.objects.create(patient=patient, recorded_at=now, **use)
    record(AuditAction.RECORD_SUBSTANCE_USE, on=row, now=now, by=by)
    return row


def record_diagnosis(
    *, patient: Patient, code: str, onset_date: date | None = None, now: datetime, by: User
) -> Diagnosis:
    """Record a diagnosis; `code` must be one of patients/diagnosis_codes.py (ICD-10-CM).

    Raises InvalidInput, Conflict if the diagnosis is current already, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    zone = patient.site.time_zone
    refuse_future_date(onset_date, zone=zone, now=now, field="onset_date")
    if code not in CODES:
        raise InvalidInput(
            f"{code} is not a code this clinic uses.",
            remedy="Choose one from the list, for example F11.20.",
            field="code",
        )
    try:
        with transaction.atomic():
            diagnosis = Diagnosis.objects.create(
                patient=patient,
                code=code,
                description=CODES[code],
                onset_date=onset_date,
                recorded_at=now,
            )
            record(AuditAction.RECORD_DIAGNOSIS, on=diagnosis, now=now, by=by)
    except IntegrityError as problem:
        raise Conflict(
            "This diagnosis is already on the list.", remedy="Nothing needs to be added."
        ) from problem
    return diagnosis


@transaction.atomic
def record_event(
    *,
    patient: Patient,
    kind: EventKind,
    occurred_date: date,
    substance: str = "",
    naloxone_given: bool | None = None,
    note: str = "",
    now: datetime,
    by: User,
) -> ClinicalEvent:
    """Record a return to use, an overdose or a similar event on the day it happened.

    Raises InvalidInput for a date in the future, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    zone = patient.site.time_zone
    refuse_future_date(occurred_date, zone=zone, now=now, field="occurred_date")
    event = ClinicalEvent.objects.create(
        patient=patient,
        kind=kind,
        occurred_date=occurred_date,
        substance=substance,
        naloxone_given=naloxone_given,
        note=note.strip(),
        recorded_at=now,
    )
    record(AuditAction.RECORD_EVENT, on=event, now=now, by=by)
    return event


def record_assessment(
    *,
    patient: Patient,
    instrument: Instrument,
    score: int,
    assessed_date: date,
    now: datetime,
    by: User,
) -> Assessment:
    """Record a total score on the instrument's own scale.

    Raises InvalidInput for a score out of range or a date in the future, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    zone = patient.site.time_zone
    refuse_future_date(assessed_date, zone=zone, now=now, field="assessed_date")
    try:
        with transaction.atomic():
            row = Assessment.objects.create(
                patient=patient,
                instrument=instrument,
                score=score,
                assessed_date=assessed_date,
                recorded_at=now,
            )
            record(AuditAction.RECORD_ASSESSMENT, on=row, now=now, by=by)
    except IntegrityError as problem:
        raise InvalidInput(
            f"{score} is outside the range of {instrument.label}.", field="score"
        ) from problem
    return row
