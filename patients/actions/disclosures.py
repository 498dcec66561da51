"""Action that discloses records outside the clinic (42 CFR part 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, AuditKind, Permission
from access.models import User
from common.errors import InvalidInput
from common.text_input import required_words
from patients.consents.common import clean_text, lock
from patients.consents.disclosure_policy import (
    DisclosureContext,
    DisclosureRequest,
    Refusal,
    decide_disclosure,
)
from patients.consents.refusal_messages import WORDS
from patients.consents.summary import scope_of
from patients.consents.validity import Stay
from patients.enums import (
    NoticeForm,
)
from patients.errors import (
    DisclosureRefused,
)
from patients.models import (
    Consent,
    Disclosure,
    Episode,
    Patient,
    RestrictionRequest,
)
from patients.queries import IN_AN_EMERGENCY, bases_open_to, information_open_to

#: The fields that `disclose` takes for the decision; some are needed by one basis only.
ASKED_FIELDS = tuple(DisclosureRequest.__dataclass_fields__)


SETS = ("information", "order_information")


def disclose(
    *, patient: Patient, disclosure: Mapping[str, Any], now: datetime, by: User
) -> Disclosure:
    """Decide on a disclosure and record it, or record its refusal.

    This is the only way to disclose records. `disclosure` holds ASKED_FIELDS, `recipient_address`
    and `information_detail`, and may hold `notice_form` and `through_record`. A user who has opened
    the record in an emergency may disclose only to those who treat that emergency (42 CFR 2.51).
    Raises DisclosureRefused, InvalidInput, NotPermitted or NotFound.
    """
    grounds = bases_open_to(by, patient)
    if disclosure["basis"] not in grounds:
        require_permission(by, Permission.DISCLOSE, on=patient)
    if grounds == IN_AN_EMERGENCY:
        _refuse_hidden_rows(patient, disclosure["information"], by)
    asked, how = _request_from(disclosure), _recorded_details(disclosure)
    with transaction.atomic():
        lock(patient)
        decision = decide_disclosure(asked=asked, known=_context_of(patient), now=now)
        if decision.refusal is None:
            return _write_disclosure(patient, asked, how, decision.consent, now, by)
        _record_refusal(patient, asked, decision.refusal, now, by)
    # Raised outside the transaction, so that the audit entry of the refusal is kept.
    message, remedy = WORDS[decision.refusal]
    raise DisclosureRefused(decision.refusal, message, remedy=remedy)


def _refuse_hidden_rows(patient: Patient, information: Iterable[str], by: User) -> None:
    """Allow only information that emergency access shows to `by`, and never counseling notes."""
    if set(information) <= information_open_to(by, patient):
        return
    raise InvalidInput(
        "You can disclose only what emergency access shows you, and never counseling notes.",
        field="information",
    )


def _request_from(disclosure: Mapping[str, Any]) -> DisclosureRequest:
    values = {name: clean_text(disclosure[name]) for name in ASKED_FIELDS if name in disclosure}
    return DisclosureRequest(
        **{**values, **{name: frozenset(values.get(name, ())) for name in SETS}}
    )


def _recorded_details(disclosure: Mapping[str, Any]) -> dict[str, Any]:
    """Values that are recorded with the disclosure but not needed for the decision."""
    return {
        "recipient_address": required_words(disclosure["recipient_address"], "recipient_address"),
        "information_detail": required_words(
            disclosure["information_detail"], "information_detail"
        ),
        "through_record": disclosure.get("through_record", True),
        "notice_form": disclosure.get("notice_form") or NoticeForm.SHORT,
    }


def _write_disclosure(
    patient: Patient,
    asked: DisclosureRequest,
    how: Mapping[str, Any],
    consent: Consent | None,
    now: datetime,
    by: User,
) -> Disclosure:
    """Save the disclosure; one with consent includes the notice and the consent's scope (2.32)."""
    with_it = {"consent": consent, "scope": scope_of(consent)} if consent else {"notice_form": ""}
    row = Disclosure.objects.create(
        patient=patient,
        site_id=patient.site_id,
        disclosed_at=now,
        disclosed_by=by,
        discloser_name=by.name,
        recorded_at=now,
        **{**how, **_asked_values(asked), **with_it},
    )
    record(AuditAction.DISCLOSE, on=row, now=now, by=by, detail={"basis": asked.basis})
    return row


def _context_of(patient: Patient) -> DisclosureContext:
    stays: list[Stay] = [
        (episode.admission_date, episode.discharge_date)
        for episode in Episode.objects.filter(patient=patient)
    ]
    return DisclosureContext(
        consents=list(Consent.objects.filter(patient=patient).newest_first()),
        restrictions=list(RestrictionRequest.objects.filter(patient=patient).agreed()),
        stays=stays,
        zone=patient.site.time_zone,
    )


def _asked_values(asked: DisclosureRequest) -> dict[str, Any]:
    """Convert the request to column values; sets become sorted lists."""
    values = {name: getattr(asked, name) for name in ASKED_FIELDS}
    return {**values, **{name: sorted(values[name]) for name in SETS}}


def _record_refusal(
    patient: Patient, asked: DisclosureRequest, refusal: Refusal, now: datetime, by: User
) -> None:
    record(
        AuditAction.REFUSE_DISCLOSURE,
        on=patient,
        kind=AuditKind.REFUSAL,
        now=now,
        by=by,
        detail={"basis": asked.basis, "reason": refusal},
    )
