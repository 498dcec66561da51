"""Consents, notices, restrictions and disclosures: what the tables refuse, and what the verbs write."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.enums import AuditKind
from access.models import AuditEntry
from common.errors import InvalidInput, NotFound, NotPermitted
from patients.actions.consents import end_consent, record_consent
from patients.actions.disclosures import disclose
from patients.actions.privacy_notices import record_privacy_notice
from patients.actions.restrictions import decide_restriction
from patients.consents.validity import missing_elements
from patients.enums import ConsentEnd, NoticeMethod, RestrictionDecision
from patients.errors import ConsentEnded, DeficientConsent, DisclosureRefused, MustBeAgreed
from patients.models import Consent, Disclosure, PrivacyNotice, RestrictionRequest
from patients.notice_texts import NOTICES, TPO_RECIPIENTS
from tests.support import consents
from tests.support.world import NOW, TODAY, World
from vault.encrypted_fields import encrypted_fields_of


def insert(table: str, **values: Any) -> None:
    """Around the model, as a script would, but for the form that encrypted columns insist on."""
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    for field in encrypted_fields_of(model):
        if field.name in values:
            values[field.name] = field.sealed(values[field.name])
    columns = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values()))  # noqa: S608


def refused_by(name: str, table: str, **values: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        insert(table, **values)


def at_once(constraint: str) -> None:
    """Check `constraint` with each statement, not at the end."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {constraint} IMMEDIATE")


def consent_row(world: World, paper: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "patient_id": world.patient.pk,
        "site_id": world.here.pk,
        "recorded_by_id": world.front_desk.pk,
        "recorded_at": NOW,
        "intermediary": "",
        "intermediary_participants": "",
        "to_covered_entity": False,
        "purpose_detail": "",
        "expiry_event": "",
        "is_condition_of_treatment": False,
        "signer_capacity": "",
        "end_reason": "",
        "end_note": "",
        **paper,
        **changes,
    }


WHOLE = {
    "tpo": consents.tpo_consent(),
    "specific": consents.specific_consent(),
    "counselling_notes": consents.notes_consent(),
    "legal_proceedings": consents.proceedings_consent(),
    "registry": consents.registry_consent(),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_consent_of_each_kind_is_taken(world, kind):
    insert("patients_consent", **consent_row(world, WHOLE[kind]))


#: (constraint, kind of paper, what is wrong with it)
DEFICIENT = [
    ("consent_known_kind", "specific", {"kind": "general"}),
    ("consent_names_discloser", "tpo", {"discloser": "  "}),
    ("consent_describes_information", "tpo", {"information": []}),
    ("consent_describes_information", "tpo", {"information": ["everything"]}),
    ("consent_describes_information", "tpo", {"information_detail": ""}),
    ("consent_names_recipients", "specific", {"recipients": []}),
    ("consent_intermediary_has_participants", "tpo", {"intermediary": "Exchange"}),
    ("consent_intermediary_has_participants", "tpo", {"intermediary_participants": "Any"}),
    ("consent_has_purposes", "specific", {"purposes": []}),
    ("consent_has_purposes", "specific", {"purposes": ["curiosity"]}),
    ("consent_other_purpose_in_words", "specific", {"purposes": ["other"]}),
    ("consent_says_how_to_revoke", "tpo", {"how_to_revoke": ""}),
    ("consent_expires_as_it_says", "tpo", {"expiration": ""}),
    ("consent_expires_as_it_says", "specific", {"expiry_date": None}),
    ("consent_expires_as_it_says", "legal_proceedings", {"expiry_event": " "}),
    ("consent_expires_as_it_says", "tpo", {"expiry_date": TODAY}),
    ("consent_open_ended_only_for_tpo", "specific", {"expiration": "none", "expiry_date": None}),
    (
        "consent_open_ended_only_for_tpo",
        "registry",
        {"expiration": "end_of_treatment", "expiry_date": None},
    ),
    ("consent_expires_after_it_is_signed", "specific", {"expiry_date": date(2026, 2, 1)}),
    ("consent_has_redisclosure_statement", "tpo", {"states_hipaa_redisclosure": False}),
    (
        "consent_has_redisclosure_statement",
        "counselling_notes",
        {"to_covered_entity": True},
    ),
    ("consent_has_tpo_statements", "tpo", {"states_loss_of_protection": False}),
    ("consent_has_tpo_statements", "tpo", {"states_consequences": False}),
    ("consent_tpo_is_for_all_three", "tpo", {"purposes": ["treatment", "payment"]}),
    (
        "consent_tpo_is_for_all_three",
        "tpo",
        {"purposes": ["treatment", "payment", "operations", "family"]},
    ),
    (
        "consent_for_notes_is_for_nothing_else",
        "counselling_notes",
        {"information": ["counselling_notes", "plan"]},
    ),
    ("consent_for_notes_is_for_nothing_else", "counselling_notes", {"information": ["plan"]}),
    ("consent_for_notes_is_for_nothing_else", "tpo", {"information": ["counselling_notes"]}),
    (
        "consent_for_notes_is_for_nothing_else",
        "legal_proceedings",
        {"information": ["counselling_notes"]},
    ),
    (
        "consent_for_notes_is_for_nothing_else",
        "counselling_notes",
        {"is_condition_of_treatment": True},
    ),
    (
        "consent_for_proceedings_is_for_nothing_else",
        "legal_proceedings",
        {"purposes": ["legal_proceedings", "treatment"]},
    ),
    (
        "consent_for_proceedings_is_for_nothing_else",
        "specific",
        {"purposes": ["legal_proceedings"]},
    ),
    (
        "consent_for_proceedings_is_for_nothing_else",
        "counselling_notes",
        {"purposes": ["legal_proceedings"]},
    ),
    (
        "consent_for_registry_is_for_nothing_else",
        "registry",
        {"information": ["identity", "drug_tests"]},
    ),
    (
        "consent_for_registry_is_for_nothing_else",
        "registry",
        {"purposes": ["multiple_enrolment", "treatment"]},
    ),
    ("consent_for_registry_is_for_nothing_else", "specific", {"purposes": ["multiple_enrolment"]}),
    ("consent_is_signed", "tpo", {"signed_by": ""}),
    ("consent_is_signed", "tpo", {"signature_form": "nodded"}),
    ("consent_is_signed", "tpo", {"signed_for": "minor"}),
    ("consent_is_signed", "tpo", {"signed_for": "neighbour", "signer_capacity": "x"}),
    ("consent_ends_for_a_reason", "tpo", {"end_reason": "revoked"}),
    ("consent_ends_for_a_reason", "tpo", {"ended_at": NOW}),
    ("date_signed", "tpo", {"date_signed": None}),
]


@pytest.mark.parametrize(("name", "kind", "changes"), DEFICIENT, ids=lambda value: str(value)[:60])
def test_the_table_refuses_a_deficient_consent(world, name, kind, changes):
    refused_by(name, "patients_consent", **consent_row(world, WHOLE[kind], **changes))


#: What can go wrong with a form whose words come from the lists.
WRONG: dict[str, list[Any]] = {
    "discloser": ["", " "],
    "information": [[], ["counselling_notes"], ["plan", "counselling_notes"], ["identity"]],
    "information_detail": [""],
    "recipients": [[]],
    "intermediary": ["Exchange"],
    "intermediary_participants": ["My treating providers"],
    "to_covered_entity": [True],
    "purposes": [[], ["treatment"], ["other"], ["legal_proceedings"], ["multiple_enrolment"]],
    "how_to_revoke": [""],
    "states_hipaa_redisclosure": [True, False],
    "states_loss_of_protection": [False],
    "states_consequences": [False],
    "is_condition_of_treatment": [True],
    "signed_by": [""],
    "signed_for": ["minor", "representative"],
    "signer_capacity": ["Mother"],
    "expiry_date": [date(2026, 2, 1)],
}


def test_the_table_and_the_friendly_check_agree(world):
    """Whatever is wrong, alone or together: deficient for the one is deficient for the other."""

    @settings(
        max_examples=150,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.sampled_from(sorted(WHOLE)),
        st.lists(st.sampled_from(sorted(WRONG)), max_size=4, unique=True).flatmap(
            lambda names: st.fixed_dictionaries(
                {name: st.sampled_from(WRONG[name]) for name in names}
            )
        ),
    )
    def compare(kind: str, changes: dict[str, Any]) -> None:
        if "expiry_date" in changes and WHOLE[kind]["expiration"] != "date":
            del changes["expiry_date"]
        row = consent_row(world, WHOLE[kind], **changes)
        missing = missing_elements(Consent(**row))
        try:
            with transaction.atomic():
                insert("patients_consent", **row)
                transaction.set_rollback(True)
            taken = True
        except IntegrityError:
            taken = False
        assert taken == (missing == {}), (changes, missing)

    compare()


def test_the_form_is_told_every_element_that_is_missing(world):
    with pytest.raises(DeficientConsent) as problem:
        world.consent(discloser="", how_to_revoke=" ", states_consequences=False)
    assert set(problem.value.missing) == {"discloser", "how_to_revoke", "states_consequences"}
    assert "2.31(a)(2)" in str(problem.value)
    assert "2.31(a)(6)" in str(problem.value)
    assert not Consent.objects.exists()


def test_what_the_kind_says_need_not_be_typed(world):
    row = world.consent(recipients=[], purposes=[])
    assert row.recipients == [TPO_RECIPIENTS]
    assert sorted(row.purposes) == ["operations", "payment", "treatment"]


def test_a_signature_of_tomorrow_is_refused(world):
    with pytest.raises(InvalidInput) as problem:
        world.consent(date_signed=TODAY + timedelta(days=1))
    assert problem.value.field == "date_signed"


# --- never edited ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE patients_consent SET recipients = ''",
        "UPDATE patients_consent SET ended_at = now(), discloser = ''",
        "DELETE FROM patients_consent",
        "UPDATE patients_disclosure SET recipient = ''",
        "DELETE FROM patients_disclosure",
        "UPDATE patients_privacynotice SET version = 'x'",
        "DELETE FROM patients_privacynotice",
        "UPDATE patients_restrictionrequest SET decision = 'refused'",
        "DELETE FROM patients_restrictionrequest",
    ],
)
def test_nothing_that_was_signed_or_done_is_edited(world, statement):
    _one_of_each(world)
    with (
        pytest.raises(IntegrityError, match=r"never edited|append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def _one_of_each(world: World) -> None:
    world.consent()
    disclose(
        patient=world.patient, disclosure=consents.to_treating_provider(), now=NOW, by=world.nurse
    )
    record_privacy_notice(
        patient=world.patient,
        version="2026-02",
        given_date=TODAY,
        method=NoticeMethod.PAPER,
        now=NOW,
        by=world.nurse,
    )
    _restrict(world)


def _restrict(world: World, **changes: Any) -> RestrictionRequest:
    values: dict[str, Any] = {
        "request": "Nothing to my plan",
        "requested_date": TODAY,
        "purposes": ["payment"],
        "to_health_plan": True,
        "decision": RestrictionDecision.AGREED,
        "reason": "Paid out of pocket",
        **changes,
    }
    return decide_restriction(patient=world.patient, **values, now=NOW, by=world.privacy_officer)


def test_a_consent_ends_once(world):
    row = world.consent()
    end_consent(consent=row, reason=ConsentEnd.REVOKED, how="By letter", now=NOW, by=world.nurse)
    assert (row.ended_at, row.end_reason, row.ended_by) == (NOW, "revoked", world.nurse)
    with pytest.raises(ConsentEnded):
        end_consent(consent=row, reason=ConsentEnd.FALSE, how="x", now=NOW, by=world.nurse)
    with (
        pytest.raises(IntegrityError, match="ends, once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE patients_consent SET ended_at = NULL, end_reason = ''")


def test_an_event_that_the_consent_does_not_name_cannot_come(world):
    row = world.consent()
    with pytest.raises(InvalidInput):
        end_consent(consent=row, reason=ConsentEnd.EVENT, how="x", now=NOW, by=world.nurse)


def test_everything_is_where_its_patient_is(world):
    row = consent_row(world, WHOLE["tpo"], site_id=world.there.pk)
    at_once("consent_is_where_its_patient_is")
    refused_by("consent_is_where_its_patient_is", "patients_consent", **row)


# --- the door -------------------------------------------------------------------------------------


def test_what_leaves_carries_its_notice_and_the_scope_of_the_consent(world):
    consent = world.consent()
    row = disclose(
        patient=world.patient, disclosure=consents.to_treating_provider(), now=NOW, by=world.nurse
    )
    assert row.consent == consent
    assert (
        row.notice_text
        == "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    )
    assert "Harbor clinic and its staff may disclose" in row.scope
    assert TPO_RECIPIENTS in row.scope
    assert "at the end of treatment" in row.scope
    assert (row.disclosed_at, row.discloser_name) == (NOW, world.nurse.name)
    long = disclose(
        patient=world.patient,
        disclosure=consents.to_treating_provider(notice_form="long"),
        now=NOW,
        by=world.nurse,
    )
    assert long.notice_text == NOTICES["long"]  # type: ignore[index]
    assert long.notice_text.startswith("This record which has been disclosed to you is protected")
    assert "identifies a patient as having or having had" not in long.notice_text


def test_a_refused_attempt_is_in_the_trail_and_nothing_leaves(world):
    with pytest.raises(DisclosureRefused) as problem:
        disclose(
            patient=world.patient,
            disclosure=consents.to_treating_provider(),
            now=NOW,
            by=world.nurse,
        )
    assert problem.value.reason == "no_consent"
    assert problem.value.remedy
    row = AuditEntry.objects.latest("id")
    assert (row.action, row.kind) == ("refused disclosure", AuditKind.REFUSAL)
    assert row.detail == {"basis": "consent", "reason": "no_consent"}
    assert (row.patient_id, row.actor_id) == (world.patient.pk, world.nurse.pk)
    assert not Disclosure.objects.exists()


def test_a_revocation_stops_the_next_use(world):
    consent = world.consent()
    words: dict[str, Any] = {
        "patient": world.patient,
        "disclosure": consents.to_treating_provider(),
        "by": world.nurse,
    }
    first = disclose(**words, now=NOW)
    end_consent(
        consent=consent, reason=ConsentEnd.REVOKED, how="At the desk", now=NOW, by=world.front_desk
    )
    with pytest.raises(DisclosureRefused) as problem:
        disclose(**words, now=NOW)
    assert problem.value.reason == "revoked"
    assert list(Disclosure.objects.all()) == [first]


def test_the_end_of_the_treatment_ends_the_consent(world):
    from patients.actions.discharges import discharge
    from patients.enums import DischargeReason

    episode = world.admit()
    world.consent()
    discharge(
        episode=episode,
        discharge_date=TODAY,
        reason=DischargeReason.COMPLETED,
        now=NOW,
        by=world.prescriber,
    )
    words: dict[str, Any] = {
        "patient": world.patient,
        "disclosure": consents.to_treating_provider(),
        "by": world.nurse,
    }
    disclose(**words, now=NOW)
    with pytest.raises(DisclosureRefused) as problem:
        disclose(**words, now=NOW + timedelta(days=1))
    assert problem.value.reason == "expired"


def test_an_agreed_restriction_binds_the_door(world):
    world.consent()
    to_plan = consents.to_treating_provider(recipient_kind="health_plan", purpose="payment")
    disclose(patient=world.patient, disclosure=to_plan, now=NOW, by=world.nurse)
    _restrict(world)
    with pytest.raises(DisclosureRefused) as problem:
        disclose(patient=world.patient, disclosure=to_plan, now=NOW, by=world.nurse)
    assert problem.value.reason == "restricted"


EMERGENCY = {
    "basis": "emergency",
    "recipient_kind": "medical_personnel",
    "medical_person": "Dr Lowe",
    "medical_facility": "County Hospital",
    "emergency_nature": "Found without breathing",
    "emergency_ground": "no_consent_possible",
}


def test_an_emergency_writes_its_record_at_once(world):
    row = disclose(
        patient=world.patient,
        disclosure=consents.to_treating_provider(**EMERGENCY),
        now=NOW,
        by=world.nurse,
    )
    assert (row.medical_person, row.medical_facility) == ("Dr Lowe", "County Hospital")
    assert (row.discloser_name, row.disclosed_at) == (world.nurse.name, NOW)
    assert row.emergency_nature == "Found without breathing"
    assert (row.consent, row.notice_text, row.scope) == (None, "", "")


def disclosure_row(world: World, **changes: Any) -> dict[str, Any]:
    """A disclosure on a research approval, as the table takes it."""
    blank = dict.fromkeys(
        (
            "named_as",
            "purpose_detail",
            "notice_form",
            "scope",
            "medical_person",
            "medical_facility",
            "emergency_nature",
            "emergency_ground",
            "occasion",
            "court_section",
            "order_reference",
            "subpoena_reference",
        ),
        "",
    )
    return {
        **blank,
        "patient_id": world.patient.pk,
        "site_id": world.here.pk,
        "basis": "research",
        "recipient": "University",
        "recipient_kind": "researcher",
        "recipient_address": "2 Hill Street",
        "information": ["plan"],
        "information_detail": "Plans of 2025",
        "purpose": "research",
        "through_record": True,
        "disclosed_at": NOW,
        "disclosed_by_id": world.nurse.pk,
        "discloser_name": world.nurse.name,
        "order_information": [],
        "order_reaches_communications": False,
        "authority_reference": "IRB 2026-7",
        "agreement_reference": "Undertaking",
        "recorded_at": NOW,
        **changes,
    }


COURT_ROW = {
    "basis": "court_order",
    "court_section": "2_64",
    "order_reference": "26-114",
    "subpoena_reference": "Subpoena",
}
REGISTRY_ROW = {
    "basis": "registry",
    "information": ["identity"],
    "distance_miles": 40,
    "occasion": "accepted",
    "notice_form": "short",
    "scope": "All",
}
UNSOUND = [
    ("disclosure_known_ground", {"basis": "kindness"}),
    ("disclosure_says_to_whom", {"recipient": " "}),
    ("disclosure_says_to_whom", {"recipient_address": ""}),
    ("disclosure_says_to_whom", {"recipient_kind": "neighbour"}),
    ("disclosure_says_what", {"information": []}),
    ("disclosure_says_what", {"information_detail": ""}),
    ("disclosure_known_purpose", {"purpose": "curiosity"}),
    ("disclosure_says_by_whom", {"discloser_name": ""}),
    ("disclosure_with_consent_has_its_notice", {"basis": "consent", "scope": "All"}),
    ("disclosure_with_consent_has_its_notice", {"notice_form": "short"}),
    *[
        ("disclosure_in_emergency_is_documented", {**EMERGENCY, name: ""})
        for name in ("medical_person", "medical_facility", "emergency_nature", "emergency_ground")
    ],
    ("disclosure_to_registry_is_near_and_small", {**REGISTRY_ROW, "distance_miles": 201}),
    ("disclosure_to_registry_is_near_and_small", {**REGISTRY_ROW, "distance_miles": None}),
    ("disclosure_to_registry_is_near_and_small", {**REGISTRY_ROW, "occasion": ""}),
    ("disclosure_to_registry_is_near_and_small", {**REGISTRY_ROW, "information": ["drug_tests"]}),
    ("disclosure_to_court_has_order_and_subpoena", {**COURT_ROW, "subpoena_reference": ""}),
    ("disclosure_to_court_has_order_and_subpoena", {**COURT_ROW, "order_reference": ""}),
    ("disclosure_to_court_has_order_and_subpoena", {**COURT_ROW, "court_section": "2_67"}),
    ("disclosure_to_auditor_or_researcher_is_agreed", {"authority_reference": ""}),
    ("disclosure_to_auditor_or_researcher_is_agreed", {"agreement_reference": " "}),
]


@pytest.mark.parametrize(("name", "changes"), UNSOUND, ids=lambda value: str(value)[:60])
def test_the_table_refuses_a_disclosure_without_its_record(world, name, changes):
    if name == "disclosure_to_registry_is_near_and_small":
        changes = {**changes, "consent_id": world.consent(**consents.registry_consent()).pk}
    refused_by(name, "patients_disclosure", **disclosure_row(world, **changes))


def test_a_whole_disclosure_is_taken_and_another_patient_s_consent_is_not(world):
    insert("patients_disclosure", **disclosure_row(world))
    insert("patients_disclosure", **disclosure_row(world, **COURT_ROW))
    insert("patients_disclosure", **disclosure_row(world, **EMERGENCY))
    other = world.consent(world.register("Other"))
    row = disclosure_row(
        world, basis="consent", consent_id=other.pk, notice_form="long", scope="All"
    )
    at_once("disclosure_leans_on_own_consent")
    refused_by("disclosure_leans_on_own_consent", "patients_disclosure", **row)


# --- restrictions and notices ---------------------------------------------------------------------


def restriction_row(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "patient_id": world.patient.pk,
        "site_id": world.here.pk,
        "requested_date": TODAY,
        "request": "Nothing to my plan",
        "information": [],
        "purposes": ["payment", "operations"],
        "to_health_plan": True,
        "recipient": "",
        "is_paid_in_full": True,
        "decision": "agreed",
        "reason": "Paid",
        "decided_at": NOW,
        "decided_by_id": world.privacy_officer.pk,
        "recorded_at": NOW,
        **changes,
    }


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("restriction_must_be_agreed", {"decision": "refused"}),
        ("restriction_must_be_agreed", {"decision": "refused", "purposes": ["payment"]}),
        ("restriction_says_what_was_asked", {"request": ""}),
        ("restriction_has_a_reason", {"reason": " "}),
        ("restriction_known_decision", {"decision": "later"}),
        ("restriction_is_of_tpo", {"purposes": []}),
        ("restriction_is_of_tpo", {"purposes": ["family"]}),
        ("restriction_known_information", {"information": ["everything"]}),
    ],
)
def test_the_table_refuses_an_unsound_restriction(world, name, changes):
    refused_by(name, "patients_restrictionrequest", **restriction_row(world, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"decision": "refused", "is_paid_in_full": False},
        {"decision": "refused", "to_health_plan": False},
        {"decision": "refused", "purposes": ["payment", "treatment"]},
    ],
)
def test_the_table_takes_a_sound_restriction(world, changes):
    insert("patients_restrictionrequest", **restriction_row(world, **changes))


def test_what_was_paid_in_full_may_not_be_told_to_the_plan(world):
    with pytest.raises(MustBeAgreed):
        _restrict(world, is_paid_in_full=True, decision=RestrictionDecision.REFUSED)
    assert not RestrictionRequest.objects.exists()


def test_a_notice_has_a_version(world):
    words = {"patient_id": world.patient.pk, "site_id": world.here.pk, "given_date": TODAY}
    more = {"recorded_by_id": world.nurse.pk, "recorded_at": NOW}
    refused_by(
        "privacy_notice_has_a_version",
        "patients_privacynotice",
        **words,
        **more,
        version="",
        method="paper",
    )
    refused_by(
        "privacy_notice_known_method",
        "patients_privacynotice",
        **words,
        **more,
        version="1",
        method="shouted",
    )
    assert not PrivacyNotice.objects.exists()


# --- who may --------------------------------------------------------------------------------------


def test_the_front_desk_records_consents_and_discloses_nothing(world):
    world.consent()
    with pytest.raises(NotPermitted):
        disclose(
            patient=world.patient,
            disclosure=consents.to_treating_provider(),
            now=NOW,
            by=world.front_desk,
        )


def test_the_privacy_officer_sees_them_and_signs_nothing(world):
    row = world.consent()
    assert list(Consent.objects.visible_to(world.privacy_officer)) == [row]
    with pytest.raises(NotFound):
        record_consent(
            patient=world.patient, consent=consents.tpo_consent(), now=NOW, by=world.privacy_officer
        )
    assert not Consent.objects.visible_to(world.system_administrator).exists()


def test_a_stranger_learns_nothing(world):
    row = world.consent()
    assert not Consent.objects.visible_to(world.stranger).exists()
    with pytest.raises(NotFound):
        end_consent(consent=row, reason=ConsentEnd.REVOKED, how="x", now=NOW, by=world.stranger)


# --- the accounting -------------------------------------------------------------------------------


def test_the_accounting_holds_what_the_rule_counts(world):
    """2.25: with consent, of three years; for TPO only through this record."""
    world.consent()
    counted = disclose(
        patient=world.patient, disclosure=consents.to_treating_provider(), now=NOW, by=world.nurse
    )
    for changes in ({"through_record": False}, EMERGENCY):
        disclose(
            patient=world.patient,
            disclosure=consents.to_treating_provider(**changes),
            now=NOW,
            by=world.nurse,
        )
    assert list(Disclosure.objects.accounted()) == [counted]
    assert Disclosure.objects.count() == 3


@pytest.mark.parametrize(
    ("days_ago", "is_in"), [(0, True), (1095, True), (1096, True), (1097, False)]
)
def test_three_years_back_from_the_day_asked(world, days_ago, is_in):
    from common.time_zones import moment_of
    from patients.consents.accounting import accounting

    at = moment_of(TODAY - timedelta(days=days_ago), NOW.time(), world.here.time_zone)
    made = world.consent()
    row = disclosure_row(
        world,
        basis="consent",
        consent_id=made.pk,
        notice_form="short",
        scope="All",
        disclosed_at=at,
    )
    insert("patients_disclosure", **row)
    # 3 March 2023 to 3 March 2026 holds one leap day: 1096 days.
    found = accounting(patient=world.patient, asked_date=TODAY, user=world.privacy_officer)
    assert bool(found.rows) == is_in
    assert (found.first, found.last) == (date(2023, 3, 3), TODAY)
