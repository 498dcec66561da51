"""The order of the day, the interval of the label, the ceiling of what is in hand."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections, transaction

from common.errors import InvalidInput
from dispensary.actions.doses import give_dose, give_take_home_doses
from dispensary.actions.void_doses import void_dose
from dispensary.errors import DoseDiffersFromOrder, MissedDosesNeedReview, NotForHome, TooSoon
from patients.enums import DischargeReason
from patients.errors import EpisodeClosed
from patients.models import Episode
from tests.support.world import NOW, TODAY, make_world
from treatments.actions.discharge import discharge_from_care
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import (
    add_goal,
    add_medication,
    add_problem,
    begin_plan,
    remove_plan_part,
)
from treatments.dosing import LIMITS, check_interval
from treatments.enums import ProblemArea, Product
from treatments.errors import DoseNotSafe, PlanIncomplete


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


def order(world, episode, product, dose, *, start=TODAY, now=NOW, interval=None):
    """The next version of the plan orders this and nothing else."""
    draft = begin_plan(episode=episode, now=now, by=world.prescriber)
    for part in list(draft.problems.all()):
        remove_plan_part(part=part, now=now, by=world.prescriber)
    problem = add_problem(
        plan=draft, area=ProblemArea.OPIOID_USE, description="OUD", now=now, by=world.prescriber
    )
    goal = add_goal(problem=problem, description="Stay", now=now, by=world.prescriber)
    add_medication(
        goal=goal,
        product=product,
        dose_mg=Decimal(dose),
        interval_days=interval,
        dose_reason="Verified by phone",
        now=now,
        by=world.prescriber,
    )
    return sign_plan(plan=draft, start_date=start, now=now, by=world.prescriber)


def give_product(world, episode, product, dose, day=TODAY):
    return give_dose(
        episode=episode,
        product=product,
        amount_mg=Decimal(dose),
        dose_date=day,
        now=NOW,
        by=world.nurse,
    )


def test_a_day_s_dose_is_compared_with_that_day_s_order(world, episode):
    order(world, episode, Product.METHADONE_ORAL, 60)
    assert give(world, episode, day=TODAY - timedelta(days=1), amount="30")
    with pytest.raises(DoseDiffersFromOrder):
        give(world, episode, day=TODAY - timedelta(days=2), amount="60")
    assert give(world, episode, amount="60")


def test_on_the_day_of_a_change_the_old_order_holds_no_more(world, episode):
    order(world, episode, Product.METHADONE_ORAL, 60)
    with pytest.raises(DoseDiffersFromOrder, match="orders 60 mg, not 30 mg"):
        give(world, episode, amount="30")


def test_a_plan_cannot_be_signed_for_a_later_day(world, episode):
    with pytest.raises(PlanIncomplete, match="not later"):
        order(world, episode, Product.METHADONE_ORAL, 60, start=TODAY + timedelta(days=1))


def test_a_backdated_start_is_no_review_of_missed_days(world, episode):
    """Signed before the gap is not signed after it, whatever day the plan begins on."""
    give(world, episode, day=TODAY - timedelta(days=9))
    before = NOW - timedelta(days=9)
    order(world, episode, Product.METHADONE_ORAL, 30, start=TODAY - timedelta(days=9), now=before)
    with pytest.raises(MissedDosesNeedReview):
        give(world, episode)


@pytest.mark.parametrize(
    ("product", "dose", "too_soon", "soon_enough"),
    [
        (Product.SUBLOCADE, 300, 25, 26),
        (Product.BRIXADI_WEEKLY, 16, 4, 5),
        (Product.BRIXADI_MONTHLY, 64, 20, 21),
        (Product.NALTREXONE_INJECTION, 380, 25, 26),
    ],
)
def test_an_injection_waits_for_the_one_before(world, product, dose, too_soon, soon_enough):
    began = TODAY - timedelta(days=90)
    episode = world.signed(world.admit(days_ago=90), now=NOW - timedelta(days=90)).episode
    order(world, episode, product, dose, start=began)
    second = began + timedelta(days=LIMITS[product].earliest[0])
    for day in (began, second):
        give_product(world, episode, product, dose, day=day)
    with pytest.raises(TooSoon):
        give_product(world, episode, product, dose, day=second + timedelta(days=too_soon))
    assert give_product(world, episode, product, dose, day=second + timedelta(days=soon_enough))


def test_the_second_sublocade_comes_after_a_week_at_the_earliest(world, episode):
    order(world, episode, Product.SUBLOCADE, 300, start=TODAY - timedelta(days=7))
    give_product(world, episode, Product.SUBLOCADE, 300, day=TODAY - timedelta(days=6))
    with pytest.raises(TooSoon):
        give_product(world, episode, Product.SUBLOCADE, 300)


def test_a_forgotten_injection_is_not_slipped_in_before_a_later_one(world, episode):
    order(world, episode, Product.NALTREXONE_INJECTION, 380, start=TODAY - timedelta(days=40))
    give_product(world, episode, Product.NALTREXONE_INJECTION, 380)
    with pytest.raises(TooSoon):
        give_product(
            world, episode, Product.NALTREXONE_INJECTION, 380, day=TODAY - timedelta(days=10)
        )


def test_every_second_day_is_every_second_day(world, episode):
    product = Product.BUPRENORPHINE_SL
    order(world, episode, product, 16, start=TODAY - timedelta(days=5), interval=2)
    give_product(world, episode, product, 16, day=TODAY - timedelta(days=1))
    with pytest.raises(TooSoon):
        give_product(world, episode, product, 16)


@pytest.mark.parametrize(
    ("product", "interval"),
    [(Product.METHADONE_ORAL, 2), (Product.SUBLOCADE, 7), (Product.BUPRENORPHINE_SL, 4)],
)
def test_an_order_s_interval_is_one_that_the_product_allows(product, interval):
    with pytest.raises(DoseNotSafe):
        check_interval(product=product, interval_days=interval)


def take_home(world, episode, days, first_date=None, product=Product.METHADONE_ORAL, dose=30):
    return give_take_home_doses(
        episode=episode,
        product=product,
        amount_mg=Decimal(dose),
        first_date=first_date or TODAY + timedelta(days=1),
        days=days,
        rationale="Stable",
        now=NOW,
        by=world.nurse,
    )


def test_the_ceiling_counts_what_is_in_hand(world):
    episode = world.signed(world.admit(days_ago=3)).episode
    take_home(world, episode, 5)
    with pytest.raises(InvalidInput, match="5 in hand"):
        take_home(world, episode, 3, first_date=TODAY + timedelta(days=6))
    assert len(take_home(world, episode, 2, first_date=TODAY + timedelta(days=6))) == 2


def test_bottles_that_were_struck_out_are_in_nobody_s_hand(world):
    episode = world.signed(world.admit(days_ago=3)).episode
    for bottle in take_home(world, episode, 7)[5:]:
        void_dose(dose=bottle, reason="Brought back unopened", now=NOW, by=world.nurse)
    with pytest.raises(InvalidInput, match="5 in hand"):
        take_home(world, episode, 3, first_date=TODAY + timedelta(days=6))
    assert len(take_home(world, episode, 2, first_date=TODAY + timedelta(days=6))) == 2


def test_after_missed_days_nothing_goes_home_either(world, episode):
    give(world, episode, day=TODAY - timedelta(days=5))
    with pytest.raises(MissedDosesNeedReview):
        take_home(world, episode, 1)


def test_nothing_is_handed_out_for_a_far_day(world, episode):
    with pytest.raises(InvalidInput, match="within 7 days"):
        take_home(world, episode, 1, first_date=TODAY + timedelta(days=8))


def test_an_injection_never_goes_home(world, episode):
    order(world, episode, Product.SUBLOCADE, 300)
    with pytest.raises(NotForHome):
        take_home(world, episode, 1, product=Product.SUBLOCADE, dose=300)


@pytest.mark.django_db(transaction=True)
def test_a_dose_and_a_discharge_cannot_pass_each_other():
    world = make_world()
    episode = world.signed(world.admit()).episode
    begun, ended = threading.Event(), []

    def discharging():
        begun.wait(10)
        discharge_from_care(
            episode=Episode.objects.get(pk=episode.pk),
            discharge_date=TODAY,
            reason=DischargeReason.DROPPED_OUT,
            now=NOW,
            by=world.prescriber,
        )
        ended.append(True)
        connections.close_all()

    other = threading.Thread(target=discharging)
    other.start()
    with transaction.atomic():
        give(world, episode, by=world.nurse)
        begun.set()
        other.join(0.5)
        assert not ended, "the discharge waits for the dose"
    other.join(10)
    assert ended
    with pytest.raises(EpisodeClosed):
        give(world, episode, by=world.nurse)
