"""Who opened a record in an emergency tells those who treat it, and nobody else (42 CFR 2.51)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from access.actions.emergency_access import open_in_emergency
from access.authz.policy import forget_roles
from access.enums import AuditKind, EmergencyReason
from access.models import AuditEntry
from common.errors import InvalidInput, NotFound, NotPermitted
from patients.actions.disclosures import disclose
from patients.models import Disclosure
from tests.api.callers import Caller
from tests.support.consents import to_treating_provider
from tests.support.world import NOW, PASSWORD

TO_AMBULANCE = {
    "basis": "emergency",
    "recipient": "City ambulance",
    "recipient_kind": "medical_personnel",
    "recipient_address": "911",
    "information": ["medication"],
    "information_detail": "Methadone, last dose this morning",
    "purpose": "treatment",
    "medical_person": "Paramedic Lee",
    "medical_facility": "City General",
    "emergency_nature": "Found without breathing",
    "emergency_ground": "no_consent_possible",
}


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def opened(world):
    return open_in_emergency(
        patient=world.other_patient,
        reason=EmergencyReason.OVERDOSE,
        words="Found unconscious.",
        password=PASSWORD,
        now=NOW,
        by=world.nurse,
    )


def test_the_ambulance_is_told_and_it_is_on_record(world, opened):
    row = disclose(patient=world.other_patient, disclosure=TO_AMBULANCE, now=NOW, by=world.nurse)
    assert (row.basis, row.disclosed_by, row.site) == ("emergency", world.nurse, world.there)


def test_nobody_else_is(world, opened):
    with pytest.raises(NotPermitted):
        disclose(
            patient=world.other_patient, disclosure=to_treating_provider(), now=NOW, by=world.nurse
        )


@pytest.mark.parametrize(
    "information", [["counselling_notes"], ["medication", "counselling_notes"]]
)
def test_an_emergency_never_opens_counselling_notes(world, opened, information):
    with pytest.raises(InvalidInput, match="counseling notes"):
        disclose(
            patient=world.other_patient,
            disclosure={**TO_AMBULANCE, "information": information},
            now=NOW,
            by=world.nurse,
        )
    assert not Disclosure.objects.exists()


def test_who_sees_no_doses_tells_of_none(world):
    patient = world.register("Santos", given_name="Luz")
    open_in_emergency(
        patient=patient,
        reason=EmergencyReason.OVERDOSE,
        words="Found unconscious.",
        password=PASSWORD,
        now=NOW,
        by=world.counselor,
    )
    told = {"patient": patient, "now": NOW, "by": world.counselor}
    with pytest.raises(InvalidInput, match="shows you"):
        disclose(disclosure=TO_AMBULANCE, **told)
    assert disclose(disclosure={**TO_AMBULANCE, "information": ["diagnoses"]}, **told)


def test_over_the_api_it_is_answered_once(world, opened):
    answer = Caller(world.nurse).post(
        "disclosures", {**TO_AMBULANCE, "patient": world.other_patient.pk}
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["recipient"] == "City ambulance"
    assert Disclosure.objects.count() == 1


def test_the_ribbon_of_an_open_emergency_is_no_reading(world, opened):
    """It stands on every page; the patient's list of who looked must not count clicks elsewhere."""
    client = Client()
    client.force_login(world.nurse)
    assert "Emergency access" in client.get("/account").content.decode()
    assert not AuditEntry.objects.filter(kind=AuditKind.READ).exists()


def test_not_without_an_open_emergency_and_not_after_it(world, opened):
    told = {"patient": world.other_patient, "disclosure": TO_AMBULANCE, "now": NOW}
    with pytest.raises(NotFound):
        disclose(**told, by=world.prescriber)
    with time_machine.travel(NOW + timedelta(hours=4), tick=False):
        forget_roles(world.nurse)
        with pytest.raises(NotFound):
            disclose(**told, by=world.nurse)
    assert not Disclosure.objects.exists()


def test_at_the_screen_only_this_ground_is_offered(world, opened):
    client = Client()
    client.force_login(world.nurse)
    address = f"/patients/{world.other_patient.pk}/disclose"
    page = client.get(address).content.decode()
    assert "42 CFR 2.51" in page
    assert "Basis of the disclosure" not in page
    answer = client.post(address, {**to_treating_provider(), "filled": "1"})
    assert answer.status_code == 422, "another ground is not taken from what is posted"
    answer = client.post(address, {**TO_AMBULANCE, "filled": "1"})
    assert answer["Location"] == f"/patients/{world.other_patient.pk}"
    assert Disclosure.objects.get().basis == "emergency"


def test_without_it_the_page_is_not_there(world):
    client = Client()
    client.force_login(world.nurse)
    assert client.get(f"/patients/{world.other_patient.pk}/disclose").status_code == 404
