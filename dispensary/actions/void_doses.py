"""Actions on doses. Amounts are milligrams of the ordered product."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from dispensary.enums import DoseOutcome
from dispensary.errors import (
    AlreadyVoided,
)
from dispensary.models.doses import DoseRecord


def void_dose(*, dose: DoseRecord, reason: str, now: datetime, by: User) -> DoseRecord:
    """Void a dose record. It stays readable, and a correct one may be recorded afterwards.

    Raises AlreadyVoided, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.CORRECT_DOSES, on=dose)
    if dose.outcome == DoseOutcome.VOID:
        raise AlreadyVoided("This row voids another row and cannot be voided itself.")
    if not reason.strip():
        raise InvalidInput("Enter what was wrong with the row.", field="reason")
    try:
        with transaction.atomic():
            voiding = DoseRecord.objects.create(
                patient_id=dose.patient_id,
                episode_id=dose.episode_id,
                site_id=dose.site_id,
                dose_date=dose.dose_date,
                outcome=DoseOutcome.VOID,
                product=dose.product,
                portion=dose.portion,
                correction=dose.correction,
                recorded_by=by,
                voids=dose,
                reason=reason.strip(),
                recorded_at=now,
            )
            record(AuditAction.VOID_DOSE, on=dose, now=now, by=by)
    except IntegrityError as problem:
        raise AlreadyVoided from problem
    return voiding
