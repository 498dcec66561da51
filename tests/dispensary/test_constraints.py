"""What the ledger's constraints refuse by themselves, without any action in front."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from dispensary.actions.void_doses import void_dose
from dispensary.models.doses import DoseRecord
from patients.actions.discharges import discharge
from patients.enums import DischargeReason
from tests.support.world import NOW, TODAY
from treatments.dosing import MOST_RECORDED_MG


@pytest.mark.parametrize(
    "values",
    [
        {"outcome": "given", "amount_mg": None},
        {"outcome": "given", "amount_mg": 0},
        {"outcome": "take_home", "amount_mg": -1},
        {"outcome": "missed", "amount_mg": 30},
        {"outcome": "void", "amount_mg": None},
        {"outcome": "something", "amount_mg": 30},
    ],
)
def test_an_outcome_has_its_amount_and_no_other(world, values):
    episode = world.admit()
    with pytest.raises(IntegrityError, match="dose_outcome_has_its_amount"), transaction.atomic():
        DoseRecord.objects.create(
            patient=episode.patient,
            episode=episode,
            site=episode.site,
            dose_date=TODAY,
            product="methadone_oral",
            recorded_by=world.nurse,
            recorded_at=NOW,
            **values,
        )


def test_a_dose_cannot_stand_in_another_patient_s_chart(world):
    episode = world.admit()
    DoseRecord.objects.create(
        patient=world.register("Somebody Else"),
        episode=episode,
        site=episode.site,
        dose_date=TODAY,
        product="methadone_oral",
        outcome="given",
        amount_mg=30,
        recorded_by=world.nurse,
        recorded_at=NOW,
    )
    with (
        pytest.raises(IntegrityError, match="dose_is_of_its_episode"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def write(world, episode, **values):
    return DoseRecord.objects.create(
        **{
            "patient": episode.patient,
            "episode": episode,
            "site": episode.site,
            "dose_date": TODAY,
            "product": "methadone_oral",
            "outcome": "given",
            "amount_mg": 30,
            "recorded_by": world.nurse,
            "recorded_at": NOW,
            **values,
        }
    )


@pytest.mark.parametrize("amount", ["1000.01", "99999"])
def test_an_amount_that_nobody_can_have_been_given(world, amount):
    episode = world.admit()
    with (
        pytest.raises(IntegrityError, match="dose_amount_can_have_been_given"),
        transaction.atomic(),
    ):
        write(world, episode, amount_mg=amount)
    assert write(world, episode, amount_mg=MOST_RECORDED_MG)


@pytest.mark.parametrize("outcome", ["given", "take_home", "missed"])
@pytest.mark.parametrize("days", [-11, -1])
def test_a_dose_lies_within_its_stay(world, outcome, days):
    """From the day of admission to that of discharge, both included."""
    episode = world.admit(days_ago=10)
    discharge(
        episode=episode,
        discharge_date=TODAY - timedelta(days=2),
        reason=DischargeReason.TRANSFERRED,
        now=NOW,
        by=world.prescriber,
    )
    values = {"outcome": outcome, "amount_mg": None if outcome == "missed" else 30}
    day = TODAY + timedelta(days=days)
    with pytest.raises(IntegrityError, match="outside its episode"), transaction.atomic():
        write(world, episode, dose_date=day, **values)
    for day in (TODAY - timedelta(days=10), TODAY - timedelta(days=2)):
        assert write(world, episode, dose_date=day, **values)


def test_one_row_of_many_outside_its_stay_stops_them_all(world):
    """As in a bulk load, where one statement writes thousands."""
    episode = world.admit(days_ago=10)
    inside = write(world, episode)
    values = {
        field.attname: getattr(inside, field.attname)
        for field in DoseRecord._meta.concrete_fields
        if not field.primary_key
    }
    rows = [
        DoseRecord(**{**values, "dose_date": TODAY - timedelta(days=day)}) for day in (1, 2, 11)
    ]
    with pytest.raises(IntegrityError, match="outside its episode"), transaction.atomic():
        DoseRecord.objects.bulk_create(rows)
    assert DoseRecord.objects.count() == 1


def test_a_bottle_that_outlasts_the_discharge_can_still_be_struck_out(world):
    episode = world.admit(days_ago=10)
    bottle = write(world, episode, outcome="take_home", dose_date=TODAY + timedelta(days=1))
    discharge(
        episode=episode,
        discharge_date=TODAY,
        reason=DischargeReason.TRANSFERRED,
        now=NOW,
        by=world.prescriber,
    )
    assert void_dose(dose=bottle, reason="Brought back unopened", now=NOW, by=world.nurse).voids
