"""What the ledger's constraints refuse by themselves, without any action in front."""

import pytest
from django.db import IntegrityError, connection, transaction

from dispensary.models import DoseRecord
from tests.world import NOW, TODAY


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
