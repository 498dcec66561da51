"""What the door lets out, case by case, written from the text of 42 CFR part 2.

Each case: its citation, what is asked, what the record holds, and the answer: None is allowed,
else the named refusal.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.consents.disclosure_policy import (
    DisclosureContext,
    DisclosureRequest,
    Refusal,
    decide_disclosure,
)
from patients.consents.refusal_messages import WORDS
from patients.consents.validity import missing_elements
from patients.enums import Basis, ConsentEnd, Information, Purpose, RecipientKind
from patients.models import Consent, RestrictionRequest
from patients.models.disclosures import WITH_CONSENT
from tests.support import consents as consents_module
from tests.support.world import NOW, TODAY, ZONE

R = Refusal
SETS = ("information", "order_information")


def consent(paper: dict[str, Any], **changes: Any) -> Consent:
    return Consent(**{**paper, **changes})


def ended(paper: dict[str, Any], reason: str, at: datetime = NOW, **changes: Any) -> Consent:
    return consent(paper, end_reason=reason, end_note="By letter", ended_at=at, **changes)


def restriction(**changes: Any) -> RestrictionRequest:
    return RestrictionRequest(
        **{
            "request": "Nothing to my plan",
            "purposes": ["payment", "operations"],
            "to_health_plan": True,
            "decision": "agreed",
            "reason": "Paid out of pocket",
            "decided_at": NOW - timedelta(days=1),
            **changes,
        }
    )


def ask(**changes: Any) -> DisclosureRequest:
    """To a treating provider, the dose, for treatment, on consent."""
    values = {
        "basis": "consent",
        "recipient": "Dr Lowe",
        "recipient_kind": "treating_provider",
        "information": {"medication"},
        "purpose": "treatment",
        **changes,
    }
    return DisclosureRequest(
        **{**values, **{name: frozenset(values.get(name, ())) for name in SETS}}
    )


def housing(**changes: Any) -> DisclosureRequest:
    return ask(
        **{
            "recipient": "County Housing Office",
            "recipient_kind": "other",
            "information": {"attendance"},
            "purpose": "benefits",
            **changes,
        }
    )


def notes(**changes: Any) -> DisclosureRequest:
    return ask(**{"information": {"counselling_notes"}, **changes})


def proceedings(**changes: Any) -> DisclosureRequest:
    return ask(
        **{
            "recipient": "Family Court of the county",
            "recipient_kind": "court",
            "information": {"attendance"},
            "purpose": "legal_proceedings",
            **changes,
        }
    )


def emergency(**changes: Any) -> DisclosureRequest:
    return ask(
        **{
            "basis": "emergency",
            "recipient_kind": "medical_personnel",
            "medical_person": "Dr Lowe",
            "medical_facility": "County Hospital",
            "emergency_nature": "Found without breathing",
            "emergency_ground": "no_consent_possible",
            **changes,
        }
    )


def registry(**changes: Any) -> DisclosureRequest:
    return ask(
        **{
            "basis": "registry",
            "recipient": "State registry",
            "recipient_kind": "registry",
            "information": {"identity", "medication", "dates"},
            "purpose": "multiple_enrolment",
            "distance_miles": 40,
            "occasion": "accepted",
            **changes,
        }
    )


def audit(**changes: Any) -> DisclosureRequest:
    return ask(
        **{
            "basis": "audit",
            "recipient": "State authority",
            "recipient_kind": "auditor",
            "purpose": "audit",
            "authority_reference": "Licensing agency, visit 12",
            "agreement_reference": "Undertaking of 1 March",
            **changes,
        }
    )


def research(**changes: Any) -> DisclosureRequest:
    return audit(
        **{
            "basis": "research",
            "recipient_kind": "researcher",
            "purpose": "research",
            "authority_reference": "IRB 2026-7",
            **changes,
        }
    )


def order(**changes: Any) -> DisclosureRequest:
    return ask(
        **{
            "basis": "court_order",
            "recipient": "District Court",
            "recipient_kind": "court",
            "information": {"attendance"},
            "purpose": "legal_proceedings",
            "court_section": "2_64",
            "order_reference": "District Court 26-114",
            "subpoena_reference": "Subpoena of 2 March",
            "order_information": {"attendance", "dates", "counselling_notes"},
            **changes,
        }
    )


TPO, SPECIFIC = consents_module.tpo_consent(), consents_module.specific_consent()
NOTES, COURT, REGISTRY = (
    consents_module.notes_consent(),
    consents_module.proceedings_consent(),
    consents_module.registry_consent(),
)
YESTERDAY = TODAY - timedelta(days=1)
LATER_TODAY = NOW + timedelta(hours=1)

#: (citation, what is asked, consents, more of what is known, the answer)
Case = tuple[str, DisclosureRequest, list[Consent], dict[str, Any], Refusal | None]
CASES: list[Case] = [
    # --- 2.33 with 2.31: one consent for treatment, payment and health care operations
    ("2.33(a)(2) nobody consented", ask(), [], {}, R.NO_CONSENT),
    ("2.33(b)(1) TPO to a treating provider", ask(), [consent(TPO)], {}, None),
    (
        "2.31(a)(4)(i) TPO words reach a health plan",
        ask(recipient_kind="health_plan", purpose="payment"),
        [consent(TPO)],
        {},
        None,
    ),
    (
        "2.31(a)(4)(i) TPO words reach a third-party payer",
        ask(recipient_kind="third_party_payer", purpose="payment"),
        [consent(TPO)],
        {},
        None,
    ),
    (
        "2.31(a)(4)(i) TPO words reach who helps to operate the program",
        ask(recipient_kind="program_helper", purpose="operations"),
        [consent(TPO)],
        {},
        None,
    ),
    (
        "2.31(a)(4)(i) TPO words reach nobody else",
        ask(recipient_kind="other"),
        [consent(TPO)],
        {},
        R.NOT_NAMED,
    ),
    (
        "2.31(a)(4)(i) the TPO words are no name to be quoted",
        ask(recipient_kind="other", named_as=TPO["recipients"][0]),
        [consent(TPO)],
        {},
        R.NOT_NAMED,
    ),
    (
        "2.31(a)(4)(i) a TPO consent may name somebody else as well",
        ask(recipient="My sister", recipient_kind="other"),
        [consent(TPO, recipients=[*TPO["recipients"], "My sister"])],
        {},
        None,
    ),
    (
        "2.31(a)(5) TPO is for no other purpose",
        ask(purpose="benefits"),
        [consent(TPO)],
        {},
        R.OTHER_PURPOSE,
    ),
    (
        "2.31(a)(3) information that the consent does not describe",
        ask(information={"drug_tests"}),
        [consent(TPO)],
        {},
        R.NOT_COVERED,
    ),
    (
        "2.31(a)(3) part of it is not described",
        ask(information={"medication", "drug_tests"}),
        [consent(TPO)],
        {},
        R.NOT_COVERED,
    ),
    ("2.13(a) nothing is named", ask(information=set()), [consent(TPO)], {}, R.NOTHING_NAMED),
    ("2.31(a)(4) no recipient", ask(recipient=" "), [consent(TPO)], {}, R.NO_RECIPIENT),
    # --- deficient on its face, 2.31(c)(2)
    *[
        (
            f"2.31(c) deficient: {missing}",
            ask(),
            [consent(TPO, **{missing: empty})],
            {},
            R.DEFICIENT,
        )
        for missing, empty in {
            "discloser": "",
            "information_detail": " ",
            "how_to_revoke": "",
            "expiration": "",
            "signed_by": "",
            "signature_form": "",
            "states_hipaa_redisclosure": False,
            "states_loss_of_protection": False,
            "states_consequences": False,
        }.items()
    ],
    (
        "2.31(a)(5) TPO with a purpose left out is none",
        ask(),
        [consent(TPO, purposes=["treatment", "payment"])],
        {},
        R.DEFICIENT,
    ),
    (
        "2.31(a)(7) only TPO may go without an end",
        housing(),
        [consent(SPECIFIC, expiration="none", expiry_date=None)],
        {},
        R.DEFICIENT,
    ),
    (
        "2.31(a)(4)(iii) a covered entity, for treatment, without the statement",
        housing(purpose="treatment"),
        [consent(SPECIFIC, purposes=["treatment"], to_covered_entity=True)],
        {},
        R.DEFICIENT,
    ),
    (
        "2.31(a)(4)(iii) the statement is there",
        housing(purpose="treatment"),
        [
            consent(
                SPECIFIC,
                purposes=["treatment"],
                to_covered_entity=True,
                states_hipaa_redisclosure=True,
            )
        ],
        {},
        None,
    ),
    (
        "2.14 a parent signed, in no capacity",
        ask(),
        [consent(TPO, signed_for="minor")],
        {},
        R.DEFICIENT,
    ),
    (
        "2.15 a representative signed, in a capacity",
        ask(),
        [consent(TPO, signed_for="representative", signer_capacity="Executor")],
        {},
        None,
    ),
    # --- when it holds, 2.31(a)(7), (c)
    (
        "2.31(a)(9) signed tomorrow",
        ask(),
        [consent(TPO, date_signed=TODAY + timedelta(days=1))],
        {},
        R.NOT_SIGNED_YET,
    ),
    ("2.31(a)(9) signed today", ask(), [consent(TPO, date_signed=TODAY)], {}, None),
    (
        "2.31(c)(1) its last day is today",
        housing(),
        [consent(SPECIFIC, expiry_date=TODAY)],
        {},
        None,
    ),
    (
        "2.31(c)(1) its last day was yesterday",
        housing(),
        [consent(SPECIFIC, expiry_date=YESTERDAY)],
        {},
        R.EXPIRED,
    ),
    (
        "2.31(c)(1) its last day ends at midnight of the site, not of UTC",
        housing(),
        [consent(SPECIFIC, expiry_date=TODAY)],
        {"now": datetime(2026, 3, 4, 4, 59, tzinfo=UTC)},
        None,
    ),
    (
        "2.31(c)(1) and not a minute later",
        housing(),
        [consent(SPECIFIC, expiry_date=TODAY)],
        {"now": datetime(2026, 3, 4, 5, 0, tzinfo=UTC)},
        R.EXPIRED,
    ),
    (
        "2.31(c)(1) its event has come",
        proceedings(),
        [ended(COURT, ConsentEnd.EVENT)],
        {},
        R.EXPIRED,
    ),
    ("2.31(a)(7) its event has not come", proceedings(), [consent(COURT)], {}, None),
    (
        "2.31(a)(7) end of the treatment: it goes on",
        ask(),
        [consent(TPO)],
        {"stays": [(date(2026, 1, 5), None)]},
        None,
    ),
    (
        "2.31(a)(7) end of the treatment: on the day itself it holds",
        ask(),
        [consent(TPO)],
        {"stays": [(date(2026, 1, 5), TODAY)]},
        None,
    ),
    (
        "2.31(a)(7) end of the treatment: it ended",
        ask(),
        [consent(TPO)],
        {"stays": [(date(2026, 1, 5), YESTERDAY)]},
        R.EXPIRED,
    ),
    (
        "2.31(a)(7) end of the treatment: a later admission does not bring it back",
        ask(),
        [consent(TPO)],
        {"stays": [(date(2026, 1, 5), consents_module.SIGNED), (TODAY, None)]},
        R.EXPIRED,
    ),
    (
        "2.31(a)(7) end of the treatment: moved to another program without a gap",
        ask(),
        [consent(TPO)],
        {"stays": [(date(2026, 1, 5), YESTERDAY), (YESTERDAY, None)]},
        None,
    ),
    (
        "2.31(a)(7) an earlier treatment is not this one",
        ask(),
        [consent(TPO)],
        {"stays": [(date(2025, 1, 5), date(2025, 6, 1)), (date(2026, 1, 5), None)]},
        None,
    ),
    (
        "2.31(a)(7) no end",
        ask(),
        [consent(TPO, expiration="none")],
        {"stays": [(date(2026, 1, 5), YESTERDAY)]},
        None,
    ),
    ("2.31(c)(3) revoked", ask(), [ended(TPO, ConsentEnd.REVOKED)], {}, R.REVOKED),
    (
        "2.31(a)(6) revoked later than now: what it carried before stands",
        ask(),
        [ended(TPO, ConsentEnd.REVOKED, at=LATER_TODAY)],
        {},
        None,
    ),
    ("2.31(c)(4) known to be false", ask(), [ended(TPO, ConsentEnd.FALSE)], {}, R.KNOWN_FALSE),
    (
        "2.31(c)(3) one revoked, another in force",
        ask(),
        [ended(TPO, ConsentEnd.REVOKED), consent(TPO)],
        {},
        None,
    ),
    # --- a specific consent, 2.31(a)(3) to (5)
    ("2.31(a)(4) named", housing(), [consent(SPECIFIC)], {}, None),
    (
        "2.31(a)(4) named, otherwise spaced and capitalised",
        housing(recipient="county  HOUSING office"),
        [consent(SPECIFIC)],
        {},
        None,
    ),
    (
        "2.31(a)(4) nearly named",
        housing(recipient="County Housing"),
        [consent(SPECIFIC)],
        {},
        R.NOT_NAMED,
    ),
    (
        "2.31(a)(4) of a class that is named, 2.35 supervision",
        housing(
            recipient="Officer Hale",
            named_as="the officers of the drug court",
            purpose="criminal_justice",
        ),
        [consent(SPECIFIC)],
        {},
        None,
    ),
    (
        "2.31(a)(5) named, for a purpose that is not",
        housing(purpose="family"),
        [consent(SPECIFIC)],
        {},
        R.OTHER_PURPOSE,
    ),
    (
        "2.31(a)(5) at the request of the patient",
        housing(purpose="at_request"),
        [consent(SPECIFIC, purposes=["at_request"])],
        {},
        None,
    ),
    (
        "2.31(a)(5) a purpose in words, the same",
        housing(purpose="other", purpose_detail="A scholarship"),
        [consent(SPECIFIC, purposes=["other"], purpose_detail="a scholarship")],
        {},
        None,
    ),
    (
        "2.31(a)(5) a purpose in words, another",
        housing(purpose="other", purpose_detail="An article"),
        [consent(SPECIFIC, purposes=["other"], purpose_detail="a scholarship")],
        {},
        R.OTHER_PURPOSE,
    ),
    (
        "2.31(a)(4)(ii) an intermediary that is named as one",
        housing(recipient="State Exchange", recipient_kind="intermediary", purpose="treatment"),
        [
            consent(
                SPECIFIC,
                purposes=["treatment"],
                intermediary="State Exchange",
                intermediary_participants="my treating providers",
            )
        ],
        {},
        None,
    ),
    (
        "2.31(a)(4)(ii) an intermediary named only as a recipient",
        housing(recipient="State Exchange", recipient_kind="intermediary", purpose="treatment"),
        [consent(SPECIFIC, purposes=["treatment"], recipients=["State Exchange"])],
        {},
        R.NOT_NAMED,
    ),
    (
        "2.31(a)(4)(ii) an intermediary without its participants",
        housing(recipient="State Exchange", recipient_kind="intermediary", purpose="treatment"),
        [consent(SPECIFIC, purposes=["treatment"], intermediary="State Exchange")],
        {},
        R.DEFICIENT,
    ),
    # --- counseling notes, 2.31(b)
    ("2.31(b) notes on a TPO consent", notes(), [consent(TPO)], {}, R.NOTES_NEED_THEIR_OWN),
    (
        "2.31(b) notes beside other information on a TPO consent",
        notes(information={"counselling_notes", "plan"}),
        [consent(TPO)],
        {},
        R.NOTES_NEED_THEIR_OWN,
    ),
    ("2.31(b) notes on their own consent", notes(), [consent(NOTES)], {}, None),
    (
        "2.31(b) more than notes on the consent for notes",
        notes(information={"counselling_notes", "plan"}),
        [consent(NOTES)],
        {},
        R.NOT_COVERED,
    ),
    (
        "2.31(b) a consent that combines notes with something else",
        notes(),
        [consent(NOTES, information=["counselling_notes", "plan"])],
        {},
        R.DEFICIENT,
    ),
    (
        "2.31(b) treatment was made to depend on it",
        notes(),
        [consent(NOTES, is_condition_of_treatment=True)],
        {},
        R.DEFICIENT,
    ),
    # --- legal proceedings with consent, 2.31(d)
    (
        "2.31(d) proceedings on a TPO consent",
        proceedings(),
        [consent(TPO)],
        {},
        R.PROCEEDINGS_NEED_THEIR_OWN,
    ),
    ("2.31(d) proceedings on their own consent", proceedings(), [consent(COURT)], {}, None),
    (
        "2.31(d) proceedings combined with another purpose",
        proceedings(),
        [consent(COURT, purposes=["legal_proceedings", "treatment"])],
        {},
        R.DEFICIENT,
    ),
    (
        "2.31(d) treatment on the consent for proceedings",
        proceedings(purpose="treatment"),
        [consent(COURT)],
        {},
        R.OTHER_PURPOSE,
    ),
    # --- multiple enrollment, 2.34
    ("2.34(a) a registry that is listed", registry(), [consent(REGISTRY)], {}, None),
    (
        "2.34(a) a program that is listed",
        registry(recipient="Upland program", recipient_kind="treatment_program"),
        [consent(REGISTRY)],
        {},
        None,
    ),
    (
        "2.34(a)(3)(i) a program that is not listed",
        registry(recipient="Other program", recipient_kind="treatment_program"),
        [consent(REGISTRY)],
        {},
        R.NOT_NAMED,
    ),
    (
        "2.34(a)(3) without its consent",
        registry(),
        [consent(TPO)],
        {},
        R.REGISTRY_NEEDS_ITS_OWN,
    ),
    ("2.34(a) at 200 miles", registry(distance_miles=200), [consent(REGISTRY)], {}, None),
    ("2.34(a) at 201 miles", registry(distance_miles=201), [consent(REGISTRY)], {}, R.TOO_FAR),
    ("2.34(a) nobody measured", registry(distance_miles=None), [consent(REGISTRY)], {}, R.TOO_FAR),
    *[
        (f"2.34(a)(1) {moment}", registry(occasion=moment), [consent(REGISTRY)], {}, None)
        for moment in ("drug_changed", "interrupted", "resumed", "terminated")
    ],
    ("2.34(a)(1) at no such moment", registry(occasion=""), [consent(REGISTRY)], {}, R.NO_OCCASION),
    (
        "2.34(a)(2) drug tests too",
        registry(information={"identity", "drug_tests"}),
        [consent(REGISTRY)],
        {},
        R.TOO_MUCH_FOR_REGISTRY,
    ),
    (
        "2.34(a) a registry for another purpose",
        registry(purpose="treatment"),
        [consent(REGISTRY)],
        {},
        R.WRONG_PURPOSE,
    ),
    (
        "2.34(a) a court is no registry",
        registry(recipient_kind="court"),
        [consent(REGISTRY)],
        {},
        R.WRONG_RECIPIENT,
    ),
    (
        "2.34(a) a registry through the door of consent",
        registry(basis="consent"),
        [consent(REGISTRY)],
        {},
        R.REGISTRY_HAS_ITS_OWN_GROUND,
    ),
    (
        "2.34(a)(3) its consent revoked",
        registry(),
        [ended(REGISTRY, ConsentEnd.REVOKED)],
        {},
        R.REVOKED,
    ),
    # --- medical emergency, 2.51
    ("2.51(a)(1) consent cannot be obtained", emergency(), [], {}, None),
    (
        "2.51(a)(2) closed in a declared disaster",
        emergency(emergency_ground="declared_disaster"),
        [],
        {},
        None,
    ),
    *[
        (
            f"2.51(c) {field} is missing",
            emergency(**{field: " "}),
            [],
            {},
            R.EMERGENCY_NOT_DOCUMENTED,
        )
        for field in (
            "medical_person",
            "medical_facility",
            "emergency_nature",
            "emergency_ground",
        )
    ],
    (
        "2.51(a) only to medical personnel",
        emergency(recipient_kind="other"),
        [],
        {},
        R.WRONG_RECIPIENT,
    ),
    (
        "2.51(a) only to treat the emergency",
        emergency(purpose="payment"),
        [],
        {},
        R.WRONG_PURPOSE,
    ),
    (
        "2.51(a) a revoked consent does not stand in an emergency's way",
        emergency(),
        [ended(TPO, ConsentEnd.REVOKED)],
        {},
        None,
    ),
    # --- research and audit, 2.52, 2.53
    ("2.52(a) approved, and bound in writing", research(), [], {}, None),
    ("2.52(a) not approved", research(authority_reference=""), [], {}, R.NO_AUTHORITY),
    ("2.52(b) not bound", research(agreement_reference=""), [], {}, R.NO_AGREEMENT),
    ("2.52(a) to a court", research(recipient_kind="court"), [], {}, R.WRONG_RECIPIENT),
    ("2.53(a) entitled, and bound in writing", audit(), [], {}, None),
    ("2.53(a) not entitled", audit(authority_reference=""), [], {}, R.NO_AUTHORITY),
    ("2.53(b) not bound", audit(agreement_reference=""), [], {}, R.NO_AGREEMENT),
    ("2.53 for research", audit(purpose="research"), [], {}, R.WRONG_PURPOSE),
    # --- court orders, 2.61 to 2.67
    ("2.61(b)(2), 2.64 order and subpoena", order(), [], {}, None),
    ("2.65 order and subpoena", order(court_section="2_65"), [], {}, None),
    ("2.66 order and subpoena", order(court_section="2_66"), [], {}, None),
    (
        "2.61(b)(1) a subpoena alone",
        order(order_reference="", court_section=""),
        [],
        {},
        R.SUBPOENA_ALONE,
    ),
    (
        "2.61(a) an order alone compels nobody",
        order(subpoena_reference=""),
        [],
        {},
        R.ORDER_WITHOUT_SUBPOENA,
    ),
    (
        "2.61 neither",
        order(order_reference="", court_section="", subpoena_reference=""),
        [],
        {},
        R.NO_ORDER,
    ),
    ("2.61 an order under no section", order(court_section=""), [], {}, R.SUBPOENA_ALONE),
    ("2.67 opens no record", order(court_section="2_67"), [], {}, R.OPENS_NO_RECORDS),
    (
        "2.64(e)(1) beyond what the order names",
        order(information={"attendance", "plan"}),
        [],
        {},
        R.BEYOND_THE_ORDER,
    ),
    (
        "2.63(a) confidential communications, not reached",
        order(information={"counselling_notes"}),
        [],
        {},
        R.COMMUNICATIONS_NOT_REACHED,
    ),
    (
        "2.63(a) confidential communications, reached",
        order(information={"counselling_notes"}, order_reaches_communications=True),
        [],
        {},
        None,
    ),
    (
        "2.61 a TPO consent does not make up for the order",
        order(order_reference="", court_section=""),
        [consent(TPO)],
        {},
        R.SUBPOENA_ALONE,
    ),
    # --- restrictions, 2.26
    (
        "2.26(a)(3) agreed: nothing to the health plan for payment",
        ask(recipient_kind="health_plan", purpose="payment"),
        [consent(TPO)],
        {"restrictions": [restriction()]},
        R.RESTRICTED,
    ),
    (
        "2.26(a)(3) agreed: a third-party payer is no way around",
        ask(recipient_kind="third_party_payer", purpose="payment"),
        [consent(TPO)],
        {"restrictions": [restriction()]},
        R.RESTRICTED,
    ),
    (
        "2.26(a)(2) refused: does not bind",
        ask(recipient_kind="health_plan", purpose="payment"),
        [consent(TPO)],
        {"restrictions": [restriction(decision="refused")]},
        None,
    ),
    (
        "2.26(a)(3) for payment: treatment is free",
        ask(),
        [consent(TPO)],
        {"restrictions": [restriction()]},
        None,
    ),
    (
        "2.26(a)(3) one kind of information: another is free",
        ask(recipient_kind="health_plan", purpose="payment"),
        [consent(TPO)],
        {"restrictions": [restriction(information=["drug_tests"])]},
        None,
    ),
    (
        "2.26(a)(3) one recipient, by name",
        ask(),
        [consent(TPO)],
        {
            "restrictions": [
                restriction(to_health_plan=False, purposes=["treatment"], recipient="dr lowe")
            ]
        },
        R.RESTRICTED,
    ),
    (
        "2.26(a)(3) one recipient: another is free",
        ask(recipient="Dr Marsh"),
        [consent(TPO)],
        {
            "restrictions": [
                restriction(to_health_plan=False, purposes=["treatment"], recipient="Dr Lowe")
            ]
        },
        None,
    ),
    (
        "2.26(a)(3) emergency treatment is free",
        emergency(),
        [],
        {"restrictions": [restriction(to_health_plan=False, purposes=["treatment"])]},
        None,
    ),
    (
        "2.26(a)(5) binds treatment, payment and operations only",
        housing(),
        [consent(SPECIFIC)],
        {
            "restrictions": [
                restriction(to_health_plan=False, purposes=["treatment", "payment", "operations"])
            ]
        },
        None,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_the_door_agrees_with_the_rule(case: Case):
    _, asked, consents, more, answer = case
    now = more.get("now", NOW)
    known = DisclosureContext(
        consents=consents,
        restrictions=more.get("restrictions", ()),
        stays=more.get("stays", ()),
        zone=ZONE,
    )
    decision = decide_disclosure(asked=asked, known=known, now=now)
    assert decision.refusal == answer
    if decision.allowed:
        assert (decision.consent is not None) == (asked.basis in WITH_CONSENT)
        assert decision.consent is None or decision.consent in consents


def test_the_table_is_large_and_says_each_thing_once():
    assert len(CASES) >= 100
    assert len({case[0] for case in CASES}) == len(CASES)


def test_every_refusal_is_met_and_has_words_and_a_remedy():
    assert {case[4] for case in CASES} - {None} == set(Refusal)
    assert set(WORDS) == set(Refusal)
    assert all(message and remedy for message, remedy in WORDS.values())


# --- laws that hold for everything ----------------------------------------------------------------

START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 730 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
DAYS = st.dates(date(2025, 6, 1), date(2027, 6, 1))
STAYS = st.lists(
    st.tuples(DAYS, st.none() | DAYS).filter(lambda stay: stay[1] is None or stay[0] <= stay[1]),
    max_size=4,
)
PAPERS = [TPO, SPECIFIC, NOTES, COURT, REGISTRY]
ASKS = {
    0: ask(),
    1: housing(),
    2: notes(),
    3: proceedings(),
    4: registry(),
}


@st.composite
def consents(draw: st.DrawFn) -> tuple[Consent, DisclosureRequest]:
    """A whole consent of any kind, with an end of any sort, and what it would allow."""
    which = draw(st.sampled_from(sorted(ASKS)))
    paper = dict(PAPERS[which])
    if which == 0:
        paper["expiration"] = draw(st.sampled_from(["end_of_treatment", "none", "date"]))
        paper["expiry_date"] = None
        if paper["expiration"] == "date":
            paper["expiry_date"] = draw(st.dates(consents_module.SIGNED, date(2027, 6, 1)))
    elif paper["expiration"] == "date":
        paper["expiry_date"] = draw(st.dates(consents_module.SIGNED, date(2027, 6, 1)))
    made = consent(paper)
    if draw(st.booleans()):
        made.ended_at, made.end_note = draw(MOMENTS), "Said so"
        made.end_reason = draw(st.sampled_from(ConsentEnd.values))
    return made, ASKS[which]


@given(consents(), STAYS, MOMENTS, MOMENTS)
def test_what_has_ended_allows_nothing_at_any_later_moment(made, stays, one, other):
    paper, asked = made
    known = DisclosureContext(consents=[paper], stays=stays, zone=ZONE)
    earlier, later = sorted((one, other))
    before = decide_disclosure(asked=asked, known=known, now=earlier)
    if before.refusal in {R.EXPIRED, R.REVOKED, R.KNOWN_FALSE}:
        after = decide_disclosure(asked=asked, known=known, now=later)
        assert after.refusal in {R.EXPIRED, R.REVOKED, R.KNOWN_FALSE}


@given(
    st.sampled_from(Basis.values),
    st.sampled_from(RecipientKind.values),
    st.frozensets(st.sampled_from(Information.values), max_size=3),
    st.sampled_from(Purpose.values),
    st.sampled_from([ConsentEnd.REVOKED, ConsentEnd.FALSE]),
    st.sampled_from(["Dr Lowe", "State registry", "Family Court of the county"]),
)
def test_nothing_ever_leaves_on_consents_that_have_ended(
    basis, kind, information, purpose, reason, recipient
):
    """Whatever is asked for, on whatever ground that needs consent."""
    asked = ask(
        basis=basis,
        recipient=recipient,
        recipient_kind=kind,
        information=information,
        purpose=purpose,
        distance_miles=10,
        occasion="accepted",
    )
    known = DisclosureContext(consents=[ended(paper, reason) for paper in PAPERS], zone=ZONE)
    decision = decide_disclosure(asked=asked, known=known, now=LATER_TODAY)
    assert not (decision.allowed and basis in WITH_CONSENT)
    assert decision.consent is None


@given(st.permutations([consent(TPO), ended(TPO, ConsentEnd.REVOKED), consent(SPECIFIC)]))
def test_the_order_of_consents_changes_nothing(papers_):
    for asked in (ask(), housing(), notes(), ask(information={"drug_tests"})):
        answers = {
            decide_disclosure(
                asked=asked, known=DisclosureContext(consents=order_, zone=ZONE), now=NOW
            ).refusal
            for order_ in (papers_, papers_[::-1])
        }
        assert len(answers) == 1


def test_the_papers_are_whole():
    assert [missing_elements(consent(paper)) for paper in PAPERS] == [{}] * 5
