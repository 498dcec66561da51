"""The one door out: may this be disclosed, to them, for that, now? (42 CFR part 2.)

`decide_disclosure` is pure: it is told all it needs and asks no database and no clock. The action
`patients.consenting.disclose` gathers what it needs, and writes what it allowed or refused.
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

#: Whom the single TPO consent's own words reach, 2.31(a)(4)(i).
TPO_CLASS = frozenset(
    {
        RecipientKind.TREATING_PROVIDER,
        RecipientKind.HEALTH_PLAN,
        RecipientKind.THIRD_PARTY_PAYER,
        RecipientKind.PROGRAM_HELPER,
    }
)
PAYERS = frozenset({RecipientKind.HEALTH_PLAN, RecipientKind.THIRD_PARTY_PAYER})
#: Other grounds than consent have one purpose and one kind of recipient.
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
    """Why not. The later of the consents' reasons is the one of a consent that came further."""

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
    """What somebody is about to send out, to whom, why and on which ground."""

    basis: str
    recipient: str
    recipient_kind: str
    information: frozenset[str]
    purpose: str
    purpose_detail: str = ""
    named_as: str = ""  # the entry of the consent under which the recipient falls, if not by name
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
    """What the record says of the patient: consents, decided restrictions, stays in treatment."""

    consents: Sequence[Consent] = ()
    restrictions: Sequence[RestrictionRequest] = ()
    stays: Sequence[Stay] = field(default_factory=list)
    zone: str = "UTC"


@dataclass(frozen=True)
class Decision:
    """Allowed, on `consent` where consent is the ground; or refused, for a reason."""

    refusal: Refusal | None = None
    consent: Consent | None = None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def decide_disclosure(
    *, asked: DisclosureRequest, known: DisclosureContext, now: datetime
) -> Decision:
    """Whether `asked` may leave at `now`. Deny unless a ground of the rule allows it."""
    refusal = _shape(asked) or GROUNDS[Basis(asked.basis)](asked)
    if refusal is not None:
        return Decision(refusal)
    if asked.basis not in WITH_CONSENT:
        return Decision()
    found = _by_consent(asked, known, now)
    if found.allowed and _is_restricted(asked, known.restrictions, now):
        return Decision(Refusal.RESTRICTED)
    return found


def _shape(asked: DisclosureRequest) -> Refusal | None:
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


# --- the grounds, each with what it asks beside consent -------------------------------------------


def _consent(asked: DisclosureRequest) -> Refusal | None:
    """2.33. What goes to a registry or against multiple enrolment has limits of its own (2.34)."""
    if (
        asked.purpose == Purpose.MULTIPLE_ENROLLMENT
        or asked.recipient_kind == RecipientKind.REGISTRY
    ):
        return Refusal.REGISTRY_HAS_ITS_OWN_GROUND
    return None


def _registry(asked: DisclosureRequest) -> Refusal | None:
    """2.34(a)."""
    if asked.distance_miles is None or asked.distance_miles > FARTHEST_MILES:
        return Refusal.TOO_FAR
    if not asked.occasion:
        return Refusal.NO_OCCASION
    if not asked.information <= set(REGISTRY_INFORMATION):
        return Refusal.TOO_MUCH_FOR_REGISTRY
    return None


def _emergency(asked: DisclosureRequest) -> Refusal | None:
    """2.51(a) and (c): the record is written with the disclosure, not after it."""
    said = (
        asked.medical_person,
        asked.medical_facility,
        asked.emergency_nature,
        asked.emergency_ground,
    )
    return None if all(word.strip() for word in said) else Refusal.EMERGENCY_NOT_DOCUMENTED


def _agreed(asked: DisclosureRequest) -> Refusal | None:
    """2.52 (approval of the research) and 2.53 (authority to audit), with a written undertaking."""
    if not asked.authority_reference.strip():
        return Refusal.NO_AUTHORITY
    return None if asked.agreement_reference.strip() else Refusal.NO_AGREEMENT


def _court_order(asked: DisclosureRequest) -> Refusal | None:
    """2.61 to 2.67: the order allows, the subpoena compels; only both together open a record."""
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
    Basis.RESEARCH: _agreed,
    Basis.AUDIT: _agreed,
    Basis.COURT_ORDER: _court_order,
}


# --- consent --------------------------------------------------------------------------------------


def _by_consent(asked: DisclosureRequest, known: DisclosureContext, now: datetime) -> Decision:
    """The first consent that allows it; else the reason of the one that came furthest."""
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
    refusal = _kind(consent, asked) or _reach(consent, asked)
    if refusal is not None:
        return refusal
    if missing_elements(consent):
        return Refusal.DEFICIENT
    return STATES.get(state_of(consent, stays=known.stays, zone=known.zone, now=now))


def _kind(consent: Consent, asked: DisclosureRequest) -> Refusal | None:
    """2.31(b), 2.31(d), 2.34(a)(3): some things have a consent of their own or none."""
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


def _reach(consent: Consent, asked: DisclosureRequest) -> Refusal | None:
    """Purpose, recipient and information, as the consent says them."""
    if asked.purpose not in consent.purposes:
        return Refusal.OTHER_PURPOSE
    same_words = _plain(asked.purpose_detail) == _plain(consent.purpose_detail)
    if asked.purpose == Purpose.OTHER and not same_words:
        return Refusal.OTHER_PURPOSE
    if not _names(consent, asked):
        return Refusal.NOT_NAMED
    return None if asked.information <= set(consent.information) else Refusal.NOT_COVERED


def _names(consent: Consent, asked: DisclosureRequest) -> bool:
    """By name, by an entry of the consent that staff say the recipient falls under, or by TPO class.

    An intermediary must be named as one, with its participants (2.31(a)(4)(ii)).
    """
    if asked.recipient_kind == RecipientKind.INTERMEDIARY:
        return _plain(asked.recipient) == _plain(consent.intermediary)
    if TPO_RECIPIENTS in consent.recipients and asked.recipient_kind in TPO_CLASS:
        return True
    named = {_plain(entry) for entry in consent.recipients if entry != TPO_RECIPIENTS}
    return _plain(asked.named_as or asked.recipient) in named


def _plain(words: str) -> str:
    """The same name, however it is spaced and capitalised."""
    return " ".join(words.split()).casefold()


def _is_restricted(
    asked: DisclosureRequest, restrictions: Sequence[RestrictionRequest], now: datetime
) -> bool:
    """2.26: what was agreed binds its purposes, which are of treatment, payment and operations."""
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
