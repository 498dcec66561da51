"""Pages of consents and disclosures: from the form through the door, and back with a remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from access.models import AuditEntry
from patients.actions.disclosures import disclose
from patients.models import Consent, Disclosure, PrivacyNotice, RestrictionRequest
from patients.notice_texts import NOTICES, TPO_RECIPIENTS
from tests.dashboard.test_pages import queries_of
from tests.support import consents
from tests.support.world import NOW, World


@pytest.fixture(autouse=True)
def on_the_day(time_machine):
    time_machine.move_to(NOW, tick=False)


def typed(paper: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """As a browser sends it: ticked boxes only, days as text, one recipient in a line."""
    values = {**paper, "filled": "1", **changes}
    values["recipients"] = "\n".join(values["recipients"])
    return {name: value for name, value in values.items() if value not in (None, False)}


def texts(client: Client, address: str, post: dict[str, Any] | None = None) -> str:
    answer = client.post(address, post) if post is not None else client.get(address)
    return answer.content.decode()


def test_the_form_asks_the_kind_first_and_then_only_what_it_needs(world, sign_in):
    client = sign_in(world.front_desk)
    address = f"/patients/{world.patient.pk}/consents/new"
    assert 'type="radio" name="kind"' in texts(client, address)
    tpo = texts(client, address, {"kind": "tpo"})
    assert TPO_RECIPIENTS.split(",")[0] in tpo
    assert 'name="purposes"' not in tpo
    assert 'name="states_consequences"' in tpo
    specific = texts(client, address, {"kind": "specific"})
    assert 'name="purposes"' in specific
    assert 'name="states_consequences"' not in specific
    assert 'value="legal_proceedings"' not in specific
    assert 'value="none"' not in specific
    notes = texts(client, address, {"kind": "counselling_notes"})
    assert 'name="information"' not in notes
    assert client.post(address, {"kind": "general"}).status_code == 422


@pytest.mark.parametrize(
    "paper",
    [
        consents.tpo_consent(),
        consents.specific_consent(),
        consents.notes_consent(),
        consents.proceedings_consent(),
        consents.registry_consent(),
    ],
    ids=lambda paper: paper["kind"],
)
def test_each_kind_is_recorded(world, sign_in, paper):
    client = sign_in(world.front_desk)
    answer = client.post(f"/patients/{world.patient.pk}/consents/new", typed(paper))
    assert answer.status_code == 302, answer.content.decode()
    row = Consent.objects.get()
    assert row.kind == paper["kind"]
    assert sorted(row.purposes) == sorted(paper["purposes"])
    assert row.recipients == paper["recipients"]
    page = texts(client, answer["Location"])
    assert ">Active</span>" in page


def test_a_deficient_form_keeps_what_was_typed_and_names_what_is_missing(world, sign_in):
    client = sign_in(world.front_desk)
    paper = typed(consents.tpo_consent(states_consequences=False, signed_for="minor"))
    answer = client.post(f"/patients/{world.patient.pk}/consents/new", paper)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "2.31(a)(10)(ii)" in page
    assert "in which capacity somebody else signed" in page
    assert "All of my record but counseling notes" in page
    assert not Consent.objects.exists()


def test_revoking(world, sign_in):
    row = world.consent()
    client = sign_in(world.front_desk)
    address = f"/consents/{row.pk}/end"
    assert 'value="event"' not in texts(client, address)
    client.post(address, {"reason": "revoked", "how": "In a letter"})
    page = texts(client, f"/patients/{world.patient.pk}/consents")
    assert "Revoked by the patient" in page
    assert "In a letter" in page
    assert "End consent" not in page


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        ("Active", {}),
        ("Active", {"expiration": "none"}),
        ("Expired", consents.specific_consent(expiry_date=(NOW - timedelta(days=1)).date())),
    ],
)
def test_the_list_says_where_each_stands(world, sign_in, state, changes):
    world.consent(**changes)
    client = sign_in(world.nurse)
    assert f">{state}</span>" in texts(client, f"/patients/{world.patient.pk}/consents")
    card = texts(client, f"/patients/{world.patient.pk}")
    assert ("No active consent" in card) == (state == "Expired")


def test_an_empty_page_says_what_to_do(world, sign_in):
    page = texts(sign_in(world.nurse), f"/patients/{world.patient.pk}/consents")
    assert "Record a consent</a></div>" in page
    assert "Not given yet" in page


def test_a_notice_is_recorded(world, sign_in):
    client = sign_in(world.front_desk)
    client.post(
        f"/patients/{world.patient.pk}/notice",
        {"version": "2026-02", "given_date": "2026-03-03", "method": "paper"},
    )
    assert PrivacyNotice.objects.get().version == "2026-02"
    assert "2026-02" in texts(client, f"/patients/{world.patient.pk}/consents")


def test_the_privacy_officer_decides_on_a_restriction_without_a_name(world, sign_in):
    client = sign_in(world.privacy_officer)
    address = f"/patients/{world.patient.pk}/restriction"
    form = {
        "requested_date": "2026-03-03",
        "request": "Nothing to my plan",
        "purposes": ["payment"],
        "to_health_plan": "on",
        "is_paid_in_full": "on",
        "decision": "refused",
        "reason": "The plan insists",
    }
    refused = client.post(address, form)
    assert refused.status_code == 422
    assert "must be agreed to" in refused.content.decode()
    assert client.post(address, {**form, "decision": "agreed"}).status_code == 302
    assert RestrictionRequest.objects.get().decision == "agreed"
    page = texts(client, f"/patients/{world.patient.pk}/consents")
    assert "Nothing to my plan" in page
    assert world.patient.family_name not in page


def out(**changes: Any) -> dict[str, Any]:
    return {
        **consents.to_treating_provider(),
        "filled": "1",
        "notice_form": "long",
        "through_record": "on",
        **changes,
    }


def test_a_disclosure_goes_through_the_door_and_shows_what_goes_with_it(world, sign_in):
    world.consent()
    client = sign_in(world.nurse)
    address = f"/patients/{world.patient.pk}/disclose"
    assert 'name="basis"' in texts(client, address)
    assert "Active consents: Treatment" in texts(client, address, {"basis": "consent"})
    answer = client.post(address, out())
    row = Disclosure.objects.get()
    assert answer["Location"] == f"/disclosures/{row.pk}"
    page = texts(client, answer["Location"])
    assert NOTICES["long"][:60] in page  # type: ignore[index]
    assert "Harbor clinic and its staff may disclose" in page


def test_a_refusal_says_why_and_what_to_do_and_keeps_what_was_typed(world, sign_in):
    client = sign_in(world.nurse)
    answer = client.post(f"/patients/{world.patient.pk}/disclose", out())
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This patient has no consent for this kind of disclosure." in page
    assert "Ask the patient to sign a consent" in page
    assert 'value="1 Quay Street"' in page
    assert AuditEntry.objects.filter(action="refused disclosure").count() == 1
    assert not Disclosure.objects.exists()
    trail = texts(sign_in(world.privacy_officer), "/audit")
    assert "Refused disclosure" in trail


def test_a_subpoena_alone_meets_the_door(world, sign_in):
    world.consent()
    client = sign_in(world.nurse)
    form = out(
        basis="court_order",
        recipient_kind="court",
        subpoena_reference="Subpoena of 2 March",
    )
    page = texts(client, f"/patients/{world.patient.pk}/disclose", form)
    assert "A subpoena alone is never enough" in page


def test_an_emergency_asks_for_its_record(world, sign_in):
    client = sign_in(world.nurse)
    address = f"/patients/{world.patient.pk}/disclose"
    form = out(basis="emergency", recipient_kind="medical_personnel")
    assert client.post(address, form).status_code == 422
    form |= {
        "medical_person": "Dr Lowe",
        "medical_facility": "County Hospital",
        "emergency_nature": "Found without breathing",
        "emergency_ground": "no_consent_possible",
    }
    answer = client.post(address, form)
    assert "Found without breathing" in texts(client, answer["Location"])
    assert "Send with the records" not in texts(client, answer["Location"])


def test_the_accounting_is_asked_for_by_number_in_the_body(world, sign_in):
    world.consent()
    disclose(
        patient=world.patient, disclosure=consents.to_treating_provider(), now=NOW, by=world.nurse
    )
    client = sign_in(world.privacy_officer)
    number = world.patient.record_number
    assert number not in texts(client, f"/accounting?record_number={number}")
    page = texts(client, "/accounting", {"record_number": number.lower()})
    assert "Dr Lowe" in page
    assert "1 Quay Street" in page
    assert world.patient.family_name not in page
    earlier = {"record_number": number, "asked_date": "2026-03-02"}
    assert "Nothing was disclosed with consent" in texts(client, "/accounting", earlier)
    row = AuditEntry.objects.filter(kind="read").latest("id")
    assert (row.patient_id, row.detail["page"]) == (world.patient.pk, "dashboard:accounting")


def test_the_accounting_on_paper(world, sign_in):
    """A real PDF, whose words are those of the rows, whatever signs somebody typed into them."""
    world.consent()
    disclose(
        patient=world.patient,
        disclosure=consents.to_treating_provider(recipient="Dr #panic(1) $x$ *Lowe*"),
        now=NOW,
        by=world.nurse,
    )
    client = sign_in(world.privacy_officer)
    answer = client.post("/accounting/print", {"record_number": world.patient.record_number})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert world.patient.record_number not in answer["Content-Disposition"]
    row = AuditEntry.objects.filter(kind="read").latest("id")
    assert (row.patient_id, row.detail["page"]) == (world.patient.pk, "dashboard:print_accounting")
    theirs = {"record_number": world.other_patient.record_number}
    assert client.post("/accounting/print", theirs).status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-12-31", "2026-02-30", "", "x"])
def test_a_day_that_cannot_be_reckoned_with_is_asked_again(world, sign_in, day):
    client = sign_in(world.privacy_officer)
    asked = {"record_number": world.patient.record_number, "asked_date": day}
    assert client.post("/accounting", asked).status_code == 422
    assert client.post("/accounting/print", asked).status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_break_no_form(world, sign_in, day):
    client = sign_in(world.clinical_director)
    at = f"/patients/{world.patient.pk}"
    for paper in (
        typed(consents.specific_consent(expiry_date=day)),
        typed(consents.specific_consent(date_signed=day)),
    ):
        assert client.post(f"{at}/consents/new", paper).status_code in {302, 422}
    notice = {"version": "1", "given_date": day, "method": "paper"}
    assert client.post(f"{at}/notice", notice).status_code in {302, 422}
    assert client.get(f"{at}/consents").status_code == 200
    assert client.get(at).status_code == 200


def test_a_number_of_another_site_is_a_number_of_nobody(world, sign_in):
    client = sign_in(world.privacy_officer)
    theirs = texts(client, "/accounting", {"record_number": world.other_patient.record_number})
    nobody = texts(client, "/accounting", {"record_number": "M-999999"})
    said = "No patient with this record number at your sites. Check the number."
    assert said in theirs
    assert said in nobody
    assert client.post("/accounting", {"record_number": "\x00"}).status_code == 422


def test_the_pages_take_the_same_queries_for_one_row_and_for_thirty(world: World, sign_in):
    client = sign_in(world.clinical_director)
    asks: list[tuple[str, dict[str, str] | None]] = [
        (f"/patients/{world.patient.pk}/consents", None),
        (f"/patients/{world.patient.pk}", None),
        ("/accounting", {"record_number": world.patient.record_number}),
    ]

    def fill(count: int) -> None:
        for _ in range(count):
            world.consent()
            disclose(
                patient=world.patient,
                disclosure=consents.to_treating_provider(),
                now=NOW,
                by=world.nurse,
            )

    fill(1)
    few = [queries_of(client, *ask) for ask in (*asks, *asks)][3:]
    fill(29)
    assert [queries_of(client, *ask) for ask in asks] == few
    assert max(few) <= 38  # a patient's page has fifteen parts
