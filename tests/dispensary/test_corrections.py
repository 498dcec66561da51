"""What really happened can be written: another amount than ordered, and after discharge."""

from datetime import timedelta
from decimal import Decimal

import pytest

from common.errors import InvalidInput, NotPermitted
from dispensary.actions.doses import (
    correct_dose,
    give_dose,
    give_take_home_doses,
    record_missed_dose,
)
from dispensary.actions.void_doses import void_dose
from dispensary.enums import DoseOutcome
from dispensary.errors import AlreadyVoided, DoseAlreadyRecorded, DoseInFuture
from dispensary.models.doses import DoseRecord
from patients.enums import DischargeReason
from tests.support.world import NOW, TODAY
from treatments.actions.discharge import discharge_from_care
from treatments.dosing import LIMITS, MOST_RECORDED_MG
from treatments.enums import Product

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def episode(world):
    return world.signed(world.admit(), now=NOW - timedelta(days=40)).episode


@pytest.fixture
def dose(world, episode):
    return give(world, episode)


def give(world, episode, day=TODAY):
    return give_dose(
        episode=episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        dose_date=day,
        now=NOW,
        by=world.nurse,
    )


def correct(world, dose, amount="25", *, day=None, reason="25 mg were swallowed", by=None):
    return correct_dose(
        dose=dose,
        amount_mg=Decimal(amount),
        dose_date=day,
        reason=reason,
        now=NOW,
        by=by or world.nurse,
    )


def discharge(world, episode):
    discharge_from_care(
        episode=episode,
        discharge_date=TODAY,
        reason=DischargeReason.TRANSFERRED,
        now=NOW,
        by=world.prescriber,
    )


def test_the_amount_really_given_stands_whatever_was_ordered(world, dose):
    right = correct(world, dose, "45.5")
    assert (right.amount_mg, right.outcome, right.correction) == (Decimal("45.5"), "given", 1)
    assert list(DoseRecord.objects.effective()) == [right]
    assert DoseRecord.objects.get(voids=dose).reason == right.reason
    again = correct(world, right, "45")
    assert (again.amount_mg, again.correction) == (45, 2)


def test_after_discharge_the_right_row_can_still_be_written(world, episode, dose):
    discharge(world, episode)
    right = correct(world, dose)
    assert list(DoseRecord.objects.effective()) == [right]


def test_a_dose_written_for_the_wrong_day_is_moved(world, episode, dose):
    discharge(world, episode)
    right = correct(world, dose, "30", day=YESTERDAY, reason="It was yesterday")
    assert (right.dose_date, right.correction) == (YESTERDAY, 0)
    assert list(DoseRecord.objects.effective()) == [right]


def test_who_was_written_as_missing_and_came_was_given_a_dose(world, episode):
    missed = record_missed_dose(episode=episode, dose_date=TODAY, now=NOW, by=world.nurse)
    assert correct(world, missed, "30", reason="Came at noon").outcome == DoseOutcome.GIVEN


def test_a_take_home_dose_stays_one(world, episode):
    (bottle,) = give_take_home_doses(
        episode=episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        first_date=TODAY,
        days=1,
        rationale="Stable",
        now=NOW,
        by=world.nurse,
    )
    assert correct(world, bottle).outcome == DoseOutcome.TAKE_HOME


@pytest.mark.parametrize("amount", ["0", "-1", "1000.01", "99999", "30.001", "NaN"])
def test_an_amount_is_one_that_can_have_been_given(world, dose, amount):
    with pytest.raises(InvalidInput, match="more than 0"):
        correct(world, dose, amount)
    assert list(DoseRecord.objects.all()) == [dose]


def test_what_can_be_recorded_lies_above_every_ceiling():
    ceilings = [limits.never_above for limits in LIMITS.values() if limits.never_above]
    strengths = [dose for limits in LIMITS.values() for dose in limits.only]
    assert max(ceilings + strengths) < MOST_RECORDED_MG


@pytest.mark.parametrize(
    ("days", "refusal"), [(1, DoseInFuture), (-41, InvalidInput)], ids=["future", "before"]
)
def test_a_correction_stays_within_the_episode_and_today(world, dose, days, refusal):
    with pytest.raises(refusal):
        correct(world, dose, day=TODAY + timedelta(days=days))
    assert list(DoseRecord.objects.all()) == [dose]


def test_a_correction_lies_within_an_ended_episode(world, episode):
    dose = give(world, episode, YESTERDAY)
    discharge_from_care(
        episode=episode,
        discharge_date=YESTERDAY,
        reason=DischargeReason.TRANSFERRED,
        now=NOW,
        by=world.prescriber,
    )
    with pytest.raises(InvalidInput, match="outside"):
        correct(world, dose, day=TODAY)


def test_a_correction_onto_a_day_that_is_taken_leaves_all_as_it_was(world, episode, dose):
    other = give(world, episode, YESTERDAY)
    with pytest.raises(DoseAlreadyRecorded):
        correct(world, dose, day=YESTERDAY)
    assert set(DoseRecord.objects.effective()) == {dose, other}
    assert DoseRecord.objects.count() == 2


def test_a_row_is_corrected_once_and_for_a_reason(world, dose):
    with pytest.raises(InvalidInput, match="wrong"):
        correct(world, dose, reason=" ")
    with pytest.raises(NotPermitted):
        correct(world, dose, by=world.counselor)
    voiding = void_dose(dose=dose, reason="Spilt", now=NOW, by=world.nurse)
    for row in (dose, voiding):
        with pytest.raises(AlreadyVoided):
            correct(world, row)
