"""Actions on privacy notices (42 CFR 2.22)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.text_input import required_words
from patients.consents.common import refuse_future
from patients.enums import (
    NoticeMethod,
)
from patients.models import (
    Patient,
    PrivacyNotice,
)


@transaction.atomic
def record_privacy_notice(
    *,
    patient: Patient,
    version: str,
    given_date: date,
    method: NoticeMethod,
    now: datetime,
    by: User,
) -> PrivacyNotice:
    """Record that the patient was given the notice of 42 CFR 2.22, in which version and how.

    Raises InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CONSENTS, on=patient)
    refuse_future(given_date, patient, now, "given_date")
    row = PrivacyNotice.objects.create(
        patient=patient,
        site_id=patient.site_id,
        version=required_words(version, "version"),
        given_date=given_date,
        method=method,
        recorded_by=by,
        recorded_at=now,
    )
    record(AuditAction.RECORD_PRIVACY_NOTICE, on=row, now=now, by=by)
    return row
