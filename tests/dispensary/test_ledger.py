"""The ledger: what was ordered, once a day, never changed; corrections stay readable."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as some

from common.errors import DomainError, InvalidInput, NotPermitted
from dispensary.actions.doses import give_dose, give_take_home_doses, record_missed_dose
from dispensary.actions.void_doses import void_dose
from dispensary.enums import DoseOutcome
from dispensary.errors import (
    AlreadyVoided,
    DoseAlreadyRecorded,
    DoseDiffersFromOrder,
    DoseInFuture,
    MissedDosesNeedReview,
    NoActiveOrder,
)
from dispensary.missed_doses import missed_days
from dispensary.models.doses import DoseRecord
from dispensary.take_home_limits import take_home_ceiling
from tests.support.world import NOW, TODAY, make_world
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import begin_plan
from treatments.enums import Product


def give(world, episode, day=TODAY, amount="30", by=None):
    return give_dose(
        episode=episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(amount),
        dose_date=day,
        now=NOW,
        by=by or world.nurse,
    )


@pytest.fixture
def episode(world):
    """Forty days in care, the plan signed on the first of them."""
    return world.signed(world.admit(), now=NOW - timedelta(days=40)).episode


def test_a_dose_is_what_the_signed_plan_orders(world, episode):
    assert give(world, episode).amount_mg == 30
    with pytest.raises(DoseDiffersFromOrder, match="orders 30 mg, not 300 mg"):
        give(world, episode, day=TODAY - timedelta(days=1), amount="300")


def test_no_signed_plan_no_dose(world):
    with pytest.raises(NoActiveOrder):
        give(world, world.admit())


def test_no_dose_twice_and_none_in_the_future(world, episode):
    give(world, episode)
    with pytest.raises(DoseAlreadyRecorded):
        give(world, episode)
    with pytest.raises(DoseAlreadyRecorded):
        record_missed_dose(episode=episode, dose_date=TODAY, now=NOW, by=world.nurse)
    with pytest.raises(DoseInFuture):
        give(world, episode, day=TODAY + timedelta(days=1))


def test_counsellors_and_front_desk_record_no_doses(world, episode):
    for colleague in (world.counselor, world.front_desk):
        with pytest.raises(NotPermitted):
            give(world, episode, by=colleague)


def test_a_correction_is_a_voiding_row_and_a_new_one(world, episode):
    wrong = record_missed_dose(episode=episode, dose_date=TODAY, now=NOW, by=world.nurse)
    void_dose(dose=wrong, reason="She came at noon", now=NOW, by=world.nurse)
    right = give(world, episode)
    assert list(DoseRecord.objects.effective()) == [right]
    assert DoseRecord.objects.count() == 3
    with pytest.raises(AlreadyVoided):
        void_dose(dose=wrong, reason="again", now=NOW, by=world.nurse)


@pytest.mark.parametrize(
    "verb", ["UPDATE dispensary_doserecord SET amount_mg = 1", "DELETE FROM dispensary_doserecord"]
)
def test_rows_are_never_changed_or_removed(world, episode, verb):
    give(world, episode)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


def test_the_database_refuses_a_replacement_of_a_row_that_stands(world, episode):
    dose = give(world, episode)
    with pytest.raises(IntegrityError), transaction.atomic():
        DoseRecord.objects.create(
            patient=dose.patient,
            episode=episode,
            site=dose.site,
            dose_date=TODAY,
            outcome=DoseOutcome.GIVEN,
            product=dose.product,
            amount_mg=30,
            correction=1,
            recorded_by=world.nurse,
            recorded_at=NOW,
        )


@pytest.mark.parametrize(("missed", "allowed"), [(0, True), (2, True), (3, False), (6, False)])
def test_after_three_missed_days_the_usual_dose_is_not_given(world, episode, missed, allowed):
    give(world, episode, day=TODAY - timedelta(days=missed + 1))
    if allowed:
        assert give(world, episode)
    else:
        with pytest.raises(MissedDosesNeedReview):
            give(world, episode)


def test_a_plan_signed_after_the_gap_opens_the_window_again(world, episode):
    give(world, episode, day=TODAY - timedelta(days=5))
    sign_plan(
        plan=begin_plan(episode=episode, now=NOW, by=world.prescriber), now=NOW, by=world.prescriber
    )
    assert give(world, episode)


@pytest.mark.parametrize(
    ("treatment_day", "ceiling"), [(1, 7), (14, 7), (15, 14), (30, 14), (31, 28), (400, 28)]
)
def test_take_home_ceiling_at_its_boundaries(treatment_day, ceiling):
    """42 CFR 8.12(i)(3)."""
    assert take_home_ceiling(treatment_day) == ceiling


@pytest.mark.parametrize(("days_in_care", "most"), [(13, 7), (14, 14), (29, 14), (30, 28)])
def test_take_home_doses_stop_at_the_ceiling(world, days_in_care, most):
    episode = world.signed(world.admit(days_ago=days_in_care)).episode
    arguments = {
        "episode": episode,
        "product": Product.METHADONE_ORAL,
        "amount_mg": Decimal(30),
        "first_date": TODAY + timedelta(days=1),
        "now": NOW,
        "by": world.nurse,
    }
    with pytest.raises(InvalidInput, match="at most"):
        give_take_home_doses(days=most + 1, rationale="Travel for work", **arguments)
    with pytest.raises(InvalidInput):
        give_take_home_doses(days=1, rationale=" ", **arguments)
    assert len(give_take_home_doses(days=most, rationale="Travel for work", **arguments)) == most


def test_take_home_doses_are_all_or_none(world, episode):
    arguments = {
        "episode": episode,
        "product": Product.METHADONE_ORAL,
        "amount_mg": Decimal(30),
        "rationale": "Weekend",
        "now": NOW,
        "by": world.nurse,
    }
    give_take_home_doses(first_date=TODAY + timedelta(days=2), days=1, **arguments)
    with pytest.raises(DoseAlreadyRecorded):
        give_take_home_doses(first_date=TODAY + timedelta(days=1), days=3, **arguments)
    assert DoseRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_nurses_cannot_both_give_today_s_dose():
    world = make_world()
    episode = world.signed(world.admit()).episode

    def try_to_give(_: int) -> str:
        try:
            give(world, episode)
            return "given"
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as nurses:
        answers = list(nurses.map(try_to_give, range(16)))
    assert answers.count("given") == 1
    assert set(answers) == {"given", "dose_already_recorded"}
    assert DoseRecord.objects.count() == 1


STEPS = some.lists(
    some.tuples(some.integers(0, 4), some.sampled_from(["give", "miss", "void"])), max_size=25
)


@pytest.mark.django_db
@settings(max_examples=30)
@given(steps=STEPS)
def test_whatever_the_order_of_events_one_row_stands_per_day(steps):
    with transaction.atomic():
        world = make_world()
        episode = world.signed(world.admit()).episode
        written = 0
        for offset, step in steps:
            day = TODAY - timedelta(days=offset)
            standing = DoseRecord.objects.effective().filter(dose_date=day).first()
            try:
                if step == "give":
                    give(world, episode, day=day)
                elif step == "miss":
                    record_missed_dose(episode=episode, dose_date=day, now=NOW, by=world.nurse)
                elif standing is None:
                    continue
                else:
                    void_dose(dose=standing, reason="mistake", now=NOW, by=world.nurse)
                written += 1
            except (DoseAlreadyRecorded, MissedDosesNeedReview):
                assert standing is not None or step == "give"
        days = list(DoseRecord.objects.effective().values_list("dose_date", flat=True))
        assert len(days) == len(set(days))
        assert DoseRecord.objects.count() == written
        transaction.set_rollback(True)


@given(last=some.dates(), gap=some.integers(1, 400))
def test_missed_days_are_the_days_between(last, gap):
    from contextlib import suppress

    with suppress(OverflowError):
        assert missed_days(last, last + timedelta(days=gap)) == gap - 1
