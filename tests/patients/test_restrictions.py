"""A restriction waits for its decision, binds while it holds, and is lifted by the patient."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import InvalidInput, NotPermitted
from patients.actions.disclosures import disclose
from patients.actions.restrictions import ask_for_restriction, decide_restriction, end_restriction
from patients.enums import RestrictionDecision, RestrictionEndGround
from patients.errors import AlreadyDecided, AlreadyLifted, DisclosureRefused, WasRefused
from patients.models import PendingRestriction, RestrictionRequest
from tests.support.action_cases import restricted, wished
from tests.support.consents import to_treating_provider
from tests.support.world import NOW, TODAY, World

ANSWER: dict[str, Any] = {
    "request": "Not to my brother's clinic",
    "requested_date": TODAY,
    "purposes": ["treatment"],
    "decision": RestrictionDecision.AGREED,
    "reason": "It is possible",
}
LIFTING: dict[str, Any] = {"ground": RestrictionEndGround.SPOKEN, "words": "She wants it again."}


def decided(world: World, wish: PendingRestriction | None, **changes: Any) -> RestrictionRequest:
    values = ANSWER | changes
    return decide_restriction(
        patient=world.patient, wish=wish, **values, now=NOW, by=world.privacy_officer
    )


def at_once(statement: str, *values: Any) -> None:
    """With its deferred constraints looked at now."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_what_the_desk_takes_down_waits_and_binds_nothing(world):
    wish = wished(world)
    world.consent()
    assert list(PendingRestriction.objects.waiting()) == [wish]
    assert disclose(
        patient=world.patient, disclosure=to_treating_provider(), now=NOW, by=world.nurse
    )


def test_once_decided_it_binds_and_waits_no_more(world):
    wish = wished(world)
    world.consent()
    decided(world, wish)
    assert not PendingRestriction.objects.waiting().exists()
    with pytest.raises(DisclosureRefused):
        disclose(patient=world.patient, disclosure=to_treating_provider(), now=NOW, by=world.nurse)


def test_it_is_decided_once(world):
    wish = wished(world)
    decided(world, wish, decision=RestrictionDecision.REFUSED)
    with pytest.raises(AlreadyDecided):
        decided(world, wish)


def test_a_decision_answers_its_own_patient(world):
    wish = wished(world)
    other = world.register("Santos", given_name="Luz")
    with pytest.raises(InvalidInput):
        decide_restriction(patient=other, wish=wish, **ANSWER, now=NOW, by=world.privacy_officer)
    row = decided(world, None)
    with pytest.raises(IntegrityError, match="answers_its_own_patient"), transaction.atomic():
        at_once(
            "INSERT INTO patients_restrictionrequest SELECT (jsonb_populate_record(r, jsonb_build_object("
            "'id', r.id + 1000, 'patient_id', %s::bigint, 'wish_id', %s::bigint))).*"
            " FROM patients_restrictionrequest r WHERE id = %s",
            other.pk,
            wish.pk,
            row.pk,
        )


@pytest.mark.parametrize("role", ["front_desk", "nurse", "counselor"])
def test_who_takes_it_down_decides_and_lifts_nothing(world, role):
    by = getattr(world, role)
    wish = ask_for_restriction(
        patient=world.patient, request="Nothing", asked_date=TODAY, now=NOW, by=by
    )
    with pytest.raises(NotPermitted):
        decide_restriction(patient=world.patient, wish=wish, **ANSWER, now=NOW, by=by)
    with pytest.raises(NotPermitted):
        end_restriction(restriction=restricted(world), **LIFTING, now=NOW, by=by)


def test_the_patient_lifts_it_and_it_binds_no_more(world):
    world.consent()
    row = decided(world, None)
    end_restriction(restriction=row, **LIFTING, now=NOW, by=world.privacy_officer)
    assert not RestrictionRequest.objects.agreed().exists()
    assert disclose(
        patient=world.patient, disclosure=to_treating_provider(), now=NOW, by=world.nurse
    )
    with pytest.raises(AlreadyLifted):
        end_restriction(restriction=row, **LIFTING, now=NOW, by=world.clinical_director)


def test_what_was_refused_is_not_lifted(world):
    row = decided(world, None, decision=RestrictionDecision.REFUSED)
    with pytest.raises(WasRefused):
        end_restriction(restriction=row, **LIFTING, now=NOW, by=world.privacy_officer)
    lifted = end_restriction(
        restriction=restricted(world), **LIFTING, now=NOW, by=world.privacy_officer
    )
    with pytest.raises(IntegrityError, match="lifts_what_was_agreed"), transaction.atomic():
        at_once(
            "INSERT INTO patients_restrictionend (restriction_id, patient_id, site_id, ground, words,"
            " ended_at, ended_by_id, recorded_at) SELECT %s, patient_id, site_id, ground, words,"
            " ended_at, ended_by_id, recorded_at FROM patients_restrictionend WHERE id = %s",
            row.pk,
            lifted.pk,
        )


@pytest.mark.parametrize("table", ["restrictionwish", "restrictionend"])
@pytest.mark.parametrize("change", ["UPDATE {} SET recorded_at = now()", "DELETE FROM {}"])
def test_rows_are_only_added(world, table, change):
    wished(world)
    end_restriction(restriction=restricted(world), **LIFTING, now=NOW, by=world.privacy_officer)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(f"patients_{table}"))


def test_the_whole_way_at_the_screen(world, sign_in):
    """The desk takes it down, the officer finds it by number, decides, and later lifts it."""
    page = f"/patients/{world.patient.pk}/consents"
    desk = sign_in(world.front_desk)
    words = {"asked_date": TODAY, "request": "Not to my brother's clinic"}
    assert desk.post(f"/patients/{world.patient.pk}/restriction-wish", words).status_code == 302
    assert "Not decided" in desk.get(page).content.decode()
    wish = PendingRestriction.objects.get()
    officer = sign_in(world.privacy_officer)
    listed = officer.get("/restriction-wishes").content.decode()
    assert world.patient.record_number in listed
    assert world.patient.family_name not in listed
    shown = officer.get(f"/restriction-wishes/{wish.pk}").content.decode()
    assert "Not to my brother&#x27;s clinic" in shown
    answer = {**ANSWER, "requested_date": "2026-03-03"}
    assert officer.post(f"/restriction-wishes/{wish.pk}", answer).status_code == 302
    assert "No requests to decide" in officer.get("/restriction-wishes").content.decode()
    row = RestrictionRequest.objects.get()
    assert row.wish == wish
    lifted = {"ground": "in_writing", "words": "A letter."}
    assert officer.post(f"/restrictions/{row.pk}/lift", lifted).status_code == 302
    assert "Lifted" in officer.get(page).content.decode()
