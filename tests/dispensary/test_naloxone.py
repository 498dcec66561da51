"""Naloxone kits: given in date or declined; whether there is one, and when to offer another."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from common.errors import InvalidInput, NotFound, NotPermitted
from dispensary.actions.doses import record_missed_dose
from dispensary.actions.naloxone import give_naloxone_kit
from dispensary.models.naloxone import NaloxoneOffer
from dispensary.queries import naloxone_of
from patients.actions.findings import record_event
from patients.enums import EventKind
from tests.support import care_world as care
from tests.support.world import NOW, TODAY

DAY = timedelta(days=1)


def test_a_kit_is_given_and_seen_by_who_sees_findings(world):
    row = care.kit(world)
    assert (row.offered_by, row.number, row.lot) == (world.nurse, 1, "L77")
    seen = {
        role.value
        for role, user in world.staff.items()
        if NaloxoneOffer.objects.visible_to(user).exists()
    }
    assert seen == {"prescriber", "nurse", "clinical_director", "counsellor", "case_manager"}
    kit: dict[str, Any] = {
        "product": row.product,
        "given_date": TODAY,
        "expires_date": TODAY + DAY,
        "now": NOW,
    }
    with pytest.raises(NotPermitted):
        give_naloxone_kit(patient=world.patient, by=world.front_desk, **kit)
    with pytest.raises(NotFound):
        give_naloxone_kit(patient=world.patient, by=world.stranger, **kit)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"given_date": TODAY + DAY}, "given_date"),
        ({"expires_date": TODAY}, "expires_date"),
        ({"number": 0}, "number"),
        ({"number": 21}, "number"),
    ],
)
def test_kits_that_cannot_have_been_given(world, wrong, field):
    right = {
        "patient": world.patient,
        "product": "nasal_4_mg",
        "given_date": TODAY,
        "expires_date": TODAY + 400 * DAY,
    }
    with pytest.raises(InvalidInput) as refused:
        give_naloxone_kit(**{**right, **wrong}, now=NOW, by=world.nurse)
    assert refused.value.field == field


GIVEN = {"answer": "given", "product": "nasal_4_mg", "number": 1, "expires_date": TODAY + DAY}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({**GIVEN, "expires_date": TODAY}, "naloxone_expires_after_it_is_given"),
        ({**GIVEN, "expires_date": None}, "naloxone_given_or_declined"),
        ({**GIVEN, "number": None}, "naloxone_given_or_declined"),
        ({**GIVEN, "number": 0}, "naloxone_given_or_declined"),
        ({**GIVEN, "product": "syrup"}, "naloxone_given_or_declined"),
        ({**GIVEN, "answer": "declined"}, "naloxone_given_or_declined"),
        ({"answer": "declined", "lot": "L1"}, "naloxone_given_or_declined"),
        ({"answer": "perhaps"}, "naloxone_given_or_declined"),
    ],
)
def test_what_the_table_refuses_by_itself(world, values, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        NaloxoneOffer.objects.create(
            patient=world.patient,
            site=world.here,
            offered_date=TODAY,
            offered_by=world.nurse,
            recorded_at=NOW,
            **values,
        )


def test_it_stands_where_its_patient_is(world):
    NaloxoneOffer.objects.create(
        patient=world.patient,
        site=world.there,
        offered_date=TODAY,
        offered_by=world.nurse,
        recorded_at=NOW,
        **GIVEN,
    )
    with (
        pytest.raises(IntegrityError, match="naloxone_is_where_its_patient_is"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- when one is offered -------------------------------------------------------------------------


def state(world, user=None, today=TODAY):
    return naloxone_of(patient=world.patient, today=today, user=user or world.nurse)


def test_at_admission_one_is_offered(world):
    assert state(world).why == ("no kit was offered yet",)
    care.kit(world)
    assert (state(world).why, state(world).kit.lot) == ((), "L77")


def test_in_date_until_its_last_day(world):
    care.kit(world, given_date=TODAY - 400 * DAY, expires_date=TODAY)
    assert state(world).why == ()
    later = state(world, today=TODAY + DAY)
    assert (later.kit, later.why) == (None, ("the last one expired on 3 Mar 2026",))


def test_who_declined_is_asked_again_at_the_next_step_taken_home_or_gap(world):
    plan = world.signed(world.admit())
    care.declined(world, TODAY - 5 * DAY)
    assert state(world).why == ()
    care.at_home(world, plan.episode)
    assert state(world).why == ("take-home doses were given since then",)
    record_missed_dose(episode=plan.episode, dose_date=TODAY - DAY, now=NOW, by=world.nurse)
    assert "doses were missed since then" in state(world).why
    assert state(world, world.counselor).why == (), "who sees no doses is told of none"
    care.declined(world)
    assert state(world).why == ()


def test_after_an_overdose_a_kit_in_date_may_be_used_up(world):
    care.kit(world, given_date=TODAY - 5 * DAY)
    record_event(
        patient=world.patient,
        kind=EventKind.OVERDOSE,
        occurred_date=TODAY - DAY,
        now=NOW,
        by=world.nurse,
    )
    assert state(world).kit is not None
    assert state(world).why == ("overdose since then: the kit may have been used",)
    care.kit(world)
    assert state(world).why == ()


def test_the_pages_give_and_decline(world, sign_in):
    with time_machine.travel(NOW, tick=False):
        client = sign_in(world.nurse)
        base = f"/patients/{world.patient.pk}"
        assert "Offer one: no kit was offered yet." in client.get(base).content.decode()
        typed = {"product": "nasal_4_mg", "number": "2", "given_date": "2026-03-03", "lot": "L9"}
        wrong = {**typed, "expires_date": "2026-03-03"}
        assert client.post(f"{base}/naloxone", wrong).status_code == 422
        right = {**typed, "expires_date": "2028-01-31"}
        assert client.post(f"{base}/naloxone", right).status_code == 302
        page = client.get(base).content.decode()
        assert "Nasal spray, 4 mg, 2 kits" in page
        assert "Offer one" not in page
        answer = client.post(f"{base}/naloxone-declined", {"declined_date": "2026-03-03"})
        assert answer.status_code == 302
        assert "naloxone-title" not in sign_in(world.front_desk).get(base).content.decode()
