"""An episode does not end before the last dose that was given or handed out in it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from dispensary.actions.doses import give_dose, give_take_home_doses, record_missed_dose
from dispensary.actions.void_doses import void_dose
from patients.enums import DischargeReason
from patients.errors import DischargeBeforeLastDose
from patients.models import Episode
from tests.support.world import NOW, TODAY
from treatments.actions.discharge import discharge_from_care
from treatments.enums import PlanStatus, Product
from treatments.models import TreatmentPlan

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def episode(world):
    return world.signed(world.admit(), now=NOW - timedelta(days=40)).episode


def give(world, episode):
    return give_dose(
        episode=episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        dose_date=TODAY,
        now=NOW,
        by=world.nurse,
    )


def hand_out(world, episode):
    return give_take_home_doses(
        episode=episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        first_date=TODAY + timedelta(days=1),
        days=3,
        rationale="Moving away",
        now=NOW,
        by=world.nurse,
    )


def discharge(world, episode, day):
    return discharge_from_care(
        episode=episode,
        discharge_date=day,
        reason=DischargeReason.TRANSFERRED,
        now=NOW,
        by=world.prescriber,
    )


@pytest.mark.parametrize("deed", [give, hand_out])
def test_no_discharge_before_the_last_dose(world, episode, deed):
    deed(world, episode)
    with pytest.raises(DischargeBeforeLastDose) as refused:
        discharge(world, episode, YESTERDAY)
    assert refused.value.field == "discharge_date"
    assert TreatmentPlan.objects.get().status == PlanStatus.ACTIVE, "nothing was half done"
    # Bottles handed out today go with the person, whatever days they are for.
    assert discharge(world, episode, TODAY).discharge_date == TODAY


def test_the_database_refuses_it_by_itself(world, episode):
    give(world, episode)
    with (
        pytest.raises(IntegrityError, match="recorded after this discharge"),
        transaction.atomic(),
    ):
        Episode.objects.update(discharge_date=YESTERDAY, discharge_reason="other")


def test_what_was_struck_out_or_missed_holds_nobody(world, episode):
    void_dose(dose=give(world, episode), reason="Wrong patient", now=NOW, by=world.nurse)
    record_missed_dose(episode=episode, dose_date=TODAY, now=NOW, by=world.nurse)
    assert discharge(world, episode, YESTERDAY).discharge_date == YESTERDAY
