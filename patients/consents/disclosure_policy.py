"""Decide whether a disclosure is allowed under 42 CFR part 2.

`decide_disclosure` is pure: it gets all it needs as arguments and reads neither the database nor
the clock. The action `patients.actions.disclosures.disclose` collects the input and records what
was allowed or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from patients.consents.validity import Stay, missing_elements, state_of
from patients.enums import (
    Basis,
    ConsentKind,
    ConsentState,
    CourtSection,
    Information,
    Purpose,
    RecipientKind,
    RestrictionDecision,
)
from patients.models import Consent, RestrictionRequest
from patients.models.consents import REGISTRY_INFORMATION
from patients.models.disclosures import FARTHEST_MILES, WITH_CONSENT
from patients.notice_texts import TPO_RECIPIENTS

#: Recipients covered by the standard wording of a single TPO consent, 2.31(a)(4)(i).
TPO_CLASS = frozenset(
    {
        RecipientKind.TREATING_PROVIDER,
        RecipientKind.HEALTH_PLAN,
        RecipientKind.THIRD_PARTY_PAYER,
        RecipientKind.PROGRAM_HELPER,
    }
)
PAYERS = frozenset({RecipientKind.HEALTH_PLAN, RecipientKind.THIRD_PARTY_PAYER})
#: Each basis other than consent has one purpose and certain kinds of recipients.
ONLY_PURPOSE = {
    Basis.REGISTRY: Purpose.MULTIPLE_ENROLLMENT,
    Basis.EMERGENCY: Purpose.TREATMENT,
    Basis.RESEARCH: Purpose.RESEARCH,
    Basis.AUDIT: Purpose.AUDIT,
    Basis.COURT_ORDER: Purpose.LEGAL_PROCEEDINGS,
}
ONLY_RECIPIENTS = {
    Basis.REGISTRY: {RecipientKind.REGISTRY, RecipientKind.TREATMENT_PROGRAM},
    Basis.EMERGENCY: {RecipientKind.MEDICAL_PERSONNEL},
    Basis.RESEARCH: {RecipientKind.RESEARCHER},
    Basis.AUDIT: {RecipientKind.AUDITOR},
    Basis.COURT_ORDER: {RecipientKind.COURT},
}


class Refusal(StrEnum):
    """Reasons for a refusal, in the order of the checks.

    If several consents fail, the reason of the one that passed the most checks is given.
    """

    NOTHING_NAMED = "nothing_named"
    NO_RECIPIENT = "no_recipient"
    WRONG_PURPOSE = "wrong_purpose"
    WRONG_RECIPIENT = "wrong_recipient"
    REGISTRY_HAS_ITS_OWN_GROUND = "registry_has_its_own_ground"
    EMERGENCY_NOT_DOCUMENTED = "emergency_not_documented"
    TOO_FAR = "too_far"
    NO_OCCASION = "no_occasion"
    TOO_MUCH_FOR_REGISTRY = "too_much_for_registry"
    NO_AUTHORITY = "no_authority"
    NO_AGREEMENT = "no_agreement"
    NO_ORDER = "no_order"
    SUBPOENA_ALONE = "subpoena_alone"
    ORDER_WITHOUT_SUBPOENA = "order_without_subpoena"
    OPENS_NO_RECORDS = "opens_no_records"
    BEYOND_THE_ORDER = "beyond_the_order"
    COMMUNICATIONS_NOT_REACHED = "communications_not_reached"
    NO_CONSENT = "no_consent"
    NOTES_NEED_THEIR_OWN = "notes_need_their_own"
    PROCEEDINGS_NEED_THEIR_OWN = "proceedings_need_their_own"
    REGISTRY_NEEDS_ITS_OWN = "registry_needs_its_own"
    OTHER_PURPOSE = "other_purpose"
    NOT_NAMED = "not_named"
    NOT_COVERED = "not_covered"
    DEFICIENT = "deficient"
    NOT_SIGNED_YET = "not_signed_yet"
    EXPIRED = "expired"
    KNOWN_FALSE = "known_false"
    REVOKED = "revoked"
    RESTRICTED = "restricted"


ORDER = {refusal: place for place, refusal in enumerate(Refusal)}


@dataclass(frozen=True, kw_only=True)
class DisclosureRequest:
    """A requested disclosure: what, to whom, for which purpose and on which basis."""

    basis: str
    recipient: str
    recipient_kind: str
    information: frozenset[str]
    purpose: str
    purpose_detail: str = ""
    named_as: str = ""  # entry of the consent that covers the recipient, if not named
    medical_person: str = ""
    medical_facility: str = ""
    emergency_nature: str = ""
    emergency_ground: str = ""
    distance_miles: int | None = None
    occasion: str = ""
    court_section: str = ""
    order_reference: str = ""
    subpoena_reference: str = ""
    order_information: frozenset[str] = frozenset()
    order_reaches_communications: bool = False
    authority_reference: str = ""
    agreement_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class DisclosureContext:
    """The patient's consents, decided restrictions and stays in treatment."""

    consents: Sequence[Consent] = ()
    restrictions: Sequence[RestrictionRequest] = ()
    stays: Sequence[Stay] = field(default_factory=list)
    zone: str = "UTC"


@dataclass(frozen=True)
class Decision:
    """Allowed, with the `consent` it is based on if any; or refused, with the reason."""

    refusal: Refusal | None = None
    consent: Consent | None = None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def decide_disclosure(
    *, asked: DisclosureRequest, known: DisclosureContext, now: datetime
) -> Decision:
    """Decide whether `asked` may be disclosed at `now`; refused unless a rule allows it."""
    refusal = _shape_objection(asked) or GROUNDS[Basis(asked.basis)](asked)
    if refusal is not None:
        return Decision(refusal)
    if asked.basis not in WITH_CONSENT:
        return Decision()
    found = _by_consent(asked, known, now)
    if found.allowed and _is_restricted(asked, known.restrictions, now):
        return Decision(Refusal.RESTRICTED)
    return found


def _shape_objection(asked: DisclosureRequest) -> Refusal | None:
    if not asked.information:
        return Refusal.NOTHING_NAMED
    if not asked.recipient.strip():
        return Refusal.NO_RECIPIENT
    basis = Basis(asked.basis)
    if asked.purpose != ONLY_PURPOSE.get(basis, asked.purpose):
        return Refusal.WRONG_PURPOSE
    if asked.recipient_kind not in ONLY_RECIPIENTS.get(basis, RecipientKind.values):
        return Refusal.WRONG_RECIPIENT
    return None


# --- requirements of each basis, other than the consent itself ------------------------------------


def _consent(asked: DisclosureRequest) -> Refusal | None:
    """2.33: with consent, except to registries and against multiple enrollment (2.34)."""
    if (
        asked.purpose == Purpose.MULTIPLE_ENROLLMENT
        or asked.recipient_kind == RecipientKind.REGISTRY
    ):
        return Refusal.REGISTRY_HAS_ITS_OWN_GROUND
    return None


def _registry(asked: DisclosureRequest) -> Refusal | None:
    """2.34(a): distance, occasion and information of a disclosure to a registry."""
    if asked.distance_miles is None or asked.distance_miles > FARTHEST_MILES:
        return Refusal.TOO_FAR
    if not asked.occasion:
        return Refusal.NO_OCCASION
    if not asked.information <= set(REGISTRY_INFORMATION):
        return Refusal.TOO_MUCH_FOR_REGISTRY
    return None


def _emergency(asked: DisclosureRequest) -> Refusal | None:
    """2.51(a) and (c): the emergency is documented with the disclosure, not after it."""
    details = (
        asked.medical_person,
        asked.medical_facility,
        asked.emergency_nature,
        asked.emergency_ground,
    )
    return None if all(word.strip() for word in details) else Refusal.EMERGENCY_NOT_DOCUMENTED


def _research_or_audit(asked: DisclosureRequest) -> Refusal | None:
    """2.52 (approved research) and 2.53 (authorized audit), both with a written agreement."""
    if not asked.authority_reference.strip():
        return Refusal.NO_AUTHORITY
    return None if asked.agreement_reference.strip() else Refusal.NO_AGREEMENT


def _court_order(asked: DisclosureRequest) -> Refusal | None:
    """2.61 to 2.67: an order allows and a subpoena compels; both are needed for a disclosure."""
    has_order = bool(asked.order_reference.strip() and asked.court_section)
    has_subpoena = bool(asked.subpoena_reference.strip())
    if not has_order:
        return Refusal.SUBPOENA_ALONE if has_subpoena else Refusal.NO_ORDER
    if asked.court_section == CourtSection.UNDERCOVER:
        return Refusal.OPENS_NO_RECORDS
    if not has_subpoena:
        return Refusal.ORDER_WITHOUT_SUBPOENA
    if not asked.information <= asked.order_information:
        return Refusal.BEYOND_THE_ORDER
    notes = Information.COUNSELING_NOTES in asked.information
    if notes and not asked.order_reaches_communications:
        return Refusal.COMMUNICATIONS_NOT_REACHED
    return None


GROUNDS: dict[Basis, Callable[[DisclosureRequest], Refusal | None]] = {
    Basis.CONSENT: _consent,
    Basis.REGISTRY: _registry,
    Basis.EMERGENCY: _emergency,
    Basis.RESEARCH: _research_or_audit,
    Basis.AUDIT: _research_or_audit,
    Basis.COURT_ORDER: _court_order,
}


# --- consent --------------------------------------------------------------------------------------


def _by_consent(asked: DisclosureRequest, known: DisclosureContext, now: datetime) -> Decision:
    """Find the first consent that allows it; else the reason of the one that passed most checks."""
    reasons = []
    for consent in known.consents:
        reason = _objection(consent, asked, known, now)
        if reason is None:
            return Decision(consent=consent)
        reasons.append(reason)
    return Decision(max(reasons, key=lambda reason: ORDER[reason], default=Refusal.NO_CONSENT))


STATES = {
    ConsentState.NOT_SIGNED_YET: Refusal.NOT_SIGNED_YET,
    ConsentState.EXPIRED: Refusal.EXPIRED,
    ConsentState.FALSE: Refusal.KNOWN_FALSE,
    ConsentState.REVOKED: Refusal.REVOKED,
}


def _objection(
    consent: Consent, asked: DisclosureRequest, known: DisclosureContext, now: datetime
) -> Refusal | None:
    refusal = _kind_objection(consent, asked) or _scope_objection(consent, asked)
    if refusal is not None:
        return refusal
    if missing_elements(consent):
        return Refusal.DEFICIENT
    return STATES.get(state_of(consent, stays=known.stays, zone=known.zone, now=now))


def _kind_objection(consent: Consent, asked: DisclosureRequest) -> Refusal | None:
    """2.31(b), 2.31(d), 2.34(a)(3): some disclosures need a consent of a certain kind."""
    if (asked.basis == Basis.REGISTRY) != (consent.kind == ConsentKind.REGISTRY):
        registry = asked.basis == Basis.REGISTRY
        return Refusal.REGISTRY_NEEDS_ITS_OWN if registry else Refusal.NO_CONSENT
    proceedings = asked.purpose == Purpose.LEGAL_PROCEEDINGS
    if proceedings and consent.kind != ConsentKind.LEGAL_PROCEEDINGS:
        return Refusal.PROCEEDINGS_NEED_THEIR_OWN
    notes = Information.COUNSELING_NOTES in asked.information
    if notes and consent.kind != ConsentKind.COUNSELING_NOTES:
        return Refusal.NOTES_NEED_THEIR_OWN
    return None


def _scope_objection(consent: Consent, asked: DisclosureRequest) -> Refusal | None:
    """Check purpose, recipient and information against the consent."""
    if asked.purpose not in consent.purposes:
        return Refusal.OTHER_PURPOSE
    same_words = _plain(asked.purpose_detail) == _plain(consent.purpose_detail)
    if asked.purpose == Purpose.OTHER and not same_words:
        return Refusal.OTHER_PURPOSE
    if not _covers_recipient(consent, asked):
        return Refusal.NOT_NAMED
    return None if asked.information <= set(consent.information) else Refusal.NOT_COVERED


def _covers_recipient(consent: Consent, asked: DisclosureRequest) -> bool:
    """Whether the consent covers the recipient.

    It does so by name, by an entry of the consent that staff say covers the recipient, or by the
    TPO class. An intermediary must be named as one, with its participants (2.31(a)(4)(ii)).
    """
    if asked.recipient_kind == RecipientKind.INTERMEDIARY:
        return _plain(asked.recipient) == _plain(consent.intermediary)
    if TPO_RECIPIENTS in consent.recipients and asked.recipient_kind in TPO_CLASS:
        return True
    named = {_plain(entry) for entry in consent.recipients if entry != TPO_RECIPIENTS}
    return _plain(asked.named_as or asked.recipient) in named


def _plain(words: str) -> str:
    """Normalize spaces and case, so that the same name compares equal."""
    return " ".join(words.split()).casefold()


def _is_restricted(
    asked: DisclosureRequest, restrictions: Sequence[RestrictionRequest], now: datetime
) -> bool:
    """2.26: an agreed restriction binds its purposes (treatment, payment or operations)."""
    return any(
        one.decision == RestrictionDecision.AGREED
        and one.decided_at <= now
        and asked.purpose in one.purposes
        and (not one.information or not asked.information.isdisjoint(one.information))
        and _is_about(one, asked)
        for one in restrictions
    )


def _is_about(restriction: RestrictionRequest, asked: DisclosureRequest) -> bool:
    if restriction.to_health_plan and asked.recipient_kind not in PAYERS:
        return False
    named = _plain(restriction.recipient)
    return not named or named in {_plain(asked.recipient), _plain(asked.named_as)}
