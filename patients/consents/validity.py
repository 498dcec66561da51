"""Checks of whether a consent is complete and whether it is active (42 CFR 2.31).

The functions are pure and do not read the database. The constraints of the table say the same as
`missing_elements`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeAlias

from common.time_zones import day_of
from patients.enums import (
    ConsentEnd,
    ConsentKind,
    ConsentState,
    Expiration,
    Information,
    Purpose,
    SignatureForm,
    SignedFor,
)
from patients.models import Consent
from patients.models.consents import REGISTRY_INFORMATION, TPO_PURPOSES

#: Admission and discharge dates; the second is None while treatment goes on.
Stay: TypeAlias = tuple[date, date | None]
Missing: TypeAlias = dict[str, str]

#: Fields that every consent must have.
NEEDED = {
    "discloser": "who may disclose (2.31(a)(2))",
    "information": "what may be disclosed (2.31(a)(3))",
    "information_detail": "a specific and meaningful description of it (2.31(a)(3))",
    "recipients": "to whom (2.31(a)(4)(i))",
    "purposes": "for which purpose (2.31(a)(5))",
    "how_to_revoke": "the right to revoke, and how (2.31(a)(6))",
    "expiration": "when it expires (2.31(a)(7))",
    "signed_by": "who signed (2.31(a)(8))",
    "signature_form": "how it was signed (2.31(a)(8))",
    "date_signed": "the date signed (2.31(a)(9))",
}


def missing_elements(consent: Consent) -> Missing:
    """List what makes `consent` deficient on its face, by field; empty if it is complete."""
    found = {field: words for field, words in NEEDED.items() if not _is_filled(consent, field)}
    for rule in (_expiry, _statements, _combined, _signer, _intermediary, _other_purpose):
        for field, words in rule(consent).items():
            found.setdefault(field, words)
    return found


def _is_filled(consent: Consent, field: str) -> bool:
    value = getattr(consent, field)
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _expiry(consent: Consent) -> Missing:
    if consent.expiration == Expiration.DATE:
        if consent.expiry_date is None:
            return {"expiry_date": "the last day (2.31(a)(7))"}
        if consent.date_signed and consent.expiry_date < consent.date_signed:
            return {"expiry_date": "a last day that is not before the signature"}
    if consent.expiration == Expiration.EVENT and not _is_filled(consent, "expiry_event"):
        return {"expiry_event": "the event at which it ends (2.31(a)(7))"}
    open_ended = consent.expiration in (Expiration.END_OF_TREATMENT, Expiration.NONE)
    if open_ended and consent.kind != ConsentKind.TPO:
        return {"expiration": "a date or an event: only a TPO consent may go without (2.31(a)(7))"}
    return {}


def _statements(consent: Consent) -> Missing:
    found: Missing = {}
    for_tpo = consent.kind == ConsentKind.TPO
    covered = consent.to_covered_entity and not set(TPO_PURPOSES).isdisjoint(consent.purposes)
    if (for_tpo or covered) and not consent.states_hipaa_redisclosure:
        found["states_hipaa_redisclosure"] = (
            "the statement on redisclosure under HIPAA (2.31(a)(4)(iii))"
        )
    if for_tpo and not consent.states_loss_of_protection:
        found["states_loss_of_protection"] = (
            "the statement that redisclosed records may lose this protection (2.31(a)(10)(i))"
        )
    if for_tpo and not consent.states_consequences:
        found["states_consequences"] = (
            "the statement of what refusing to sign means (2.31(a)(10)(ii))"
        )
    return found


def _combined(consent: Consent) -> Missing:
    """Check that kinds are not combined; each message is at the field that is wrong."""
    kind, found = consent.kind, {}
    information, purposes = set(consent.information), set(consent.purposes)
    if (kind == ConsentKind.COUNSELING_NOTES) != (Information.COUNSELING_NOTES in information) or (
        kind == ConsentKind.COUNSELING_NOTES and len(information) > 1
    ):
        found["information"] = (
            "only counseling notes, or none: they need a separate consent (2.31(b))"
        )
    if kind == ConsentKind.COUNSELING_NOTES and consent.is_condition_of_treatment:
        found["is_condition_of_treatment"] = (
            "that treatment does not depend on the consent (2.31(b))"
        )
    if kind == ConsentKind.REGISTRY and not information <= set(REGISTRY_INFORMATION):
        found["information"] = "only identity, medication and dates for a registry (2.34(a)(2))"
    if not _purposes_fit(kind, purposes):
        found["purposes"] = (
            "only the purposes of this kind of consent: treatment, payment and operations together; legal proceedings and registries each in a separate consent (2.31(a)(5), 2.31(d), 2.34)"
        )
    return found


def _purposes_fit(kind: str, purposes: set[str]) -> bool:
    alone: dict[str, set[str]] = {
        ConsentKind.TPO: set(TPO_PURPOSES),
        ConsentKind.LEGAL_PROCEEDINGS: {Purpose.LEGAL_PROCEEDINGS},
        ConsentKind.REGISTRY: {Purpose.MULTIPLE_ENROLLMENT},
    }
    if kind in alone:
        return purposes == alone[kind]
    return purposes.isdisjoint({Purpose.LEGAL_PROCEEDINGS, Purpose.MULTIPLE_ENROLLMENT})


def _signer(consent: Consent) -> Missing:
    found: Missing = {}
    if consent.signature_form not in SignatureForm.values:
        found["signature_form"] = NEEDED["signature_form"]
    if consent.signed_for != SignedFor.SELF and not _is_filled(consent, "signer_capacity"):
        found["signer_capacity"] = "in which capacity somebody else signed (2.14, 2.15)"
    return found


def _intermediary(consent: Consent) -> Missing:
    named, listed = (
        _is_filled(consent, "intermediary"),
        _is_filled(consent, "intermediary_participants"),
    )
    if named and not listed:
        return {"intermediary_participants": "who receives it there (2.31(a)(4)(ii))"}
    if listed and not named:
        return {"intermediary": "the name of the intermediary (2.31(a)(4)(ii))"}
    return {}


def _other_purpose(consent: Consent) -> Missing:
    if Purpose.OTHER in consent.purposes and not _is_filled(consent, "purpose_detail"):
        return {"purpose_detail": "a description of the purpose (2.31(a)(5))"}
    return {}


ENDED = {
    ConsentEnd.REVOKED: ConsentState.REVOKED,
    ConsentEnd.EVENT: ConsentState.EXPIRED,
    ConsentEnd.FALSE: ConsentState.FALSE,
}


def state_of(consent: Consent, *, stays: Sequence[Stay], zone: str, now: datetime) -> ConsentState:
    """The state of `consent` at `now` (2.31(c)); an ended consent never becomes active again."""
    today = day_of(now, zone)
    if consent.ended_at is not None and consent.ended_at <= now:
        return ENDED[ConsentEnd(consent.end_reason)]
    if today < consent.date_signed:
        return ConsentState.NOT_SIGNED_YET
    last = last_day(consent, stays=stays)
    return ConsentState.EXPIRED if last is not None and last < today else ConsentState.IN_FORCE


def last_day(consent: Consent, *, stays: Sequence[Stay]) -> date | None:
    """The last day according to the consent itself; None if there is none or it is not known."""
    lasts: dict[str, Callable[[], date | None]] = {
        Expiration.DATE: lambda: consent.expiry_date,
        Expiration.END_OF_TREATMENT: lambda: end_of_treatment(stays, since=consent.date_signed),
    }
    return lasts.get(consent.expiration, lambda: None)()


def end_of_treatment(stays: Sequence[Stay], *, since: date) -> date | None:
    """The day on which treatment first ended on or after `since`; None if it has not ended.

    Episodes that overlap or touch count as one treatment. A later admission is another one.
    """
    end: date | None = None
    for admitted, discharged in sorted(stays, key=lambda stay: stay[0]):
        if discharged is not None and discharged < since:
            continue
        if end is not None and admitted > end:
            break
        if discharged is None:
            return None
        end = discharged if end is None else max(end, discharged)
    return end
