"""Actions on consents to disclosure (42 CFR part 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.text_input import required_words
from patients.consents.common import clean_text, lock, refuse_future
from patients.consents.validity import missing_elements
from patients.enums import (
    ConsentEnd,
    ConsentKind,
    Expiration,
    Purpose,
)
from patients.errors import (
    ConsentEnded,
    DeficientConsent,
)
from patients.models import (
    Consent,
    Patient,
)
from patients.models.consents import TPO_PURPOSES
from patients.notice_texts import TPO_RECIPIENTS

#: The fields that `record_consent` takes; the elements of 42 CFR 2.31(a).
CONSENT_FIELDS = (
    "kind",
    "discloser",
    "information",
    "information_detail",
    "recipients",
    "intermediary",
    "intermediary_participants",
    "to_covered_entity",
    "purposes",
    "purpose_detail",
    "how_to_revoke",
    "expiration",
    "expiry_date",
    "expiry_event",
    "states_hipaa_redisclosure",
    "states_loss_of_protection",
    "states_consequences",
    "is_condition_of_treatment",
    "signed_by",
    "signed_for",
    "signer_capacity",
    "signature_form",
    "date_signed",
)


#: Purposes that follow from the kind of consent, so that nobody needs to type them.
PURPOSES_OF_KIND = {
    ConsentKind.TPO: TPO_PURPOSES,
    ConsentKind.LEGAL_PROCEEDINGS: (Purpose.LEGAL_PROCEEDINGS,),
    ConsentKind.REGISTRY: (Purpose.MULTIPLE_ENROLLMENT,),
}


def record_consent(
    *, patient: Patient, consent: Mapping[str, Any], now: datetime, by: User
) -> Consent:
    """Record a signed consent; `consent` holds CONSENT_FIELDS (42 CFR 2.31(a)).

    Raises DeficientConsent, which names each missing element, InvalidInput, NotPermitted or
    NotFound.
    """
    require_permission(by, Permission.RECORD_CONSENTS, on=patient)
    row = Consent(
        patient=patient,
        site_id=patient.site_id,
        recorded_by=by,
        recorded_at=now,
        **_consent_values(consent),
    )
    missing = missing_elements(row)
    if missing:
        raise DeficientConsent(missing)
    refuse_future(row.date_signed, patient, now, "date_signed")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            record(AuditAction.RECORD_CONSENT, on=row, now=now, by=by, detail={"kind": row.kind})
    except IntegrityError as problem:  # the table has constraints that `missing_elements` lacks
        raise DeficientConsent(
            {"kind": "something that this kind of consent needs (2.31)"}
        ) from problem
    return row


def _consent_values(consent: Mapping[str, Any]) -> dict[str, Any]:
    """Clean the values and fill in those that follow from the kind of consent."""
    values = {name: clean_text(consent[name]) for name in CONSENT_FIELDS if name in consent}
    kind = values.get("kind", "")
    if kind in PURPOSES_OF_KIND and not values.get("purposes"):
        values["purposes"] = list(PURPOSES_OF_KIND[kind])
    if kind == ConsentKind.TPO and not values.get("recipients"):
        values["recipients"] = [TPO_RECIPIENTS]
    for name in ("information", "purposes", "recipients"):
        values.setdefault(name, [])
    if values.get("expiration") != Expiration.DATE:
        values["expiry_date"] = None
    if values.get("expiration") != Expiration.EVENT:
        values["expiry_event"] = ""
    return values


@transaction.atomic
def end_consent(
    *, consent: Consent, reason: ConsentEnd, how: str, now: datetime, by: User
) -> Consent:
    """End a consent: no disclosure is made on it from now on (42 CFR 2.31(a)(6), (c)).

    The reason is a revocation, that its expiry event has come, or that it was found false. `how`
    describes how the patient revoked it, or what was found. Raises ConsentEnded if it has ended
    already, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CONSENTS, on=consent)
    lock(consent.patient)
    if reason == ConsentEnd.EVENT and consent.expiration != Expiration.EVENT:
        raise InvalidInput("This consent has no expiry event.", field="reason")
    ended = Consent.objects.filter(pk=consent.pk, ended_at__isnull=True).update(
        ended_at=now, end_reason=reason, end_note=required_words(how, "how"), ended_by=by
    )
    if not ended:
        raise ConsentEnded
    record(AuditAction.END_CONSENT, on=consent, now=now, by=by, detail={"reason": reason})
    consent.refresh_from_db()
    return consent
