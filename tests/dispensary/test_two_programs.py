"""One person in two programs of a site: one body, so one dose a day and one count of what is in hand."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction

from common.errors import DomainError, InvalidInput
from dispensary.actions.doses import give_dose, give_take_home_doses, record_missed_dose
from dispensary.actions.void_doses import void_dose
from dispensary.errors import DoseAlreadyRecorded, MissedDosesNeedReview, TooSoon
from dispensary.models.doses import DoseRecord
from patients.actions.admissions import admit
from patients.models import Episode, Program
from tests.dispensary.test_orders import order
from tests.support.world import NOW, TODAY, World, make_world
from treatments.enums import Product


def second_program(world: World, *, days_ago: int = 40, signed_ago: int = 40) -> Episode:
    """The same person, the same order, in another program of the same site."""
    program = Program.objects.create(site=world.here, code="second", name="Second program")
    episode = admit(
        patient=world.patient,
        program=program,
        admission_date=TODAY - timedelta(days=days_ago),
        now=NOW,
        by=world.prescriber,
    )
    return world.signed(episode, now=NOW - timedelta(days=signed_ago)).episode


def give(world, episode, *, day=TODAY, product=Product.METHADONE_ORAL, amount="30"):
    return give_dose(
        episode=episode,
        product=product,
        amount_mg=Decimal(amount),
        dose_date=day,
        now=NOW,
        by=world.nurse,
    )


def take_home(world, episode, days, *, first=TODAY + timedelta(days=1)):
    return give_take_home_doses(
        episode=episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        first_date=first,
        days=days,
        rationale="Stable",
        now=NOW,
        by=world.nurse,
    )


@pytest.fixture
def two(world):
    first = world.signed(world.admit(), now=NOW - timedelta(days=40)).episode
    return first, second_program(world)


def test_the_second_program_does_not_give_the_day_s_dose_again(world, two):
    first, second = two
    give(world, first)
    with pytest.raises(DoseAlreadyRecorded, match="another program"):
        give(world, second)
    with pytest.raises(DoseAlreadyRecorded):
        take_home(world, second, 1, first=TODAY)
    with pytest.raises(DoseAlreadyRecorded):
        record_missed_dose(episode=second, dose_date=TODAY, now=NOW, by=world.nurse)
    assert DoseRecord.objects.count() == 1


def test_the_database_refuses_it_by_itself(world, two):
    first, second = two
    dose = give(world, first)
    values = {
        field.attname: getattr(dose, field.attname)
        for field in DoseRecord._meta.concrete_fields
        if not field.primary_key
    }
    with (
        pytest.raises(IntegrityError, match="dose_once_per_patient_and_day"),
        transaction.atomic(),
    ):
        DoseRecord.objects.create(**{**values, "episode_id": second.pk})
    with pytest.raises(IntegrityError, match="not voided"), transaction.atomic():
        DoseRecord.objects.create(**{**values, "episode_id": second.pk, "correction": 1})


def test_a_dose_written_in_the_wrong_program_is_struck_out_and_written_in_the_right_one(world, two):
    first, second = two
    void_dose(dose=give(world, first), reason="Other program", now=NOW, by=world.nurse)
    right = give(world, second)
    assert list(DoseRecord.objects.effective()) == [right]
    with pytest.raises(DoseAlreadyRecorded):
        give(world, first)


@pytest.mark.django_db(transaction=True)
def test_two_windows_cannot_both_give_the_day_s_dose():
    world = make_world()
    first = world.signed(world.admit()).episode
    episodes = [first, second_program(world)]

    def try_to_give(number: int) -> str:
        try:
            give(world, episodes[number % 2])
            return "given"
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as nurses:
        answers = list(nurses.map(try_to_give, range(12)))
    assert answers.count("given") == 1
    assert set(answers) == {"given", "dose_already_recorded"}


def test_take_home_doses_of_both_programs_are_in_one_hand(world):
    first = world.signed(world.admit(days_ago=3)).episode
    second = second_program(world, days_ago=3, signed_ago=0)
    take_home(world, first, 5)
    with pytest.raises(InvalidInput, match="5 in hand"):
        take_home(world, second, 3, first=TODAY + timedelta(days=6))
    assert len(take_home(world, second, 2, first=TODAY + timedelta(days=6))) == 2


def test_days_missed_are_the_person_s_days(world, two):
    """Seen yesterday in the other program: no gap. Seen nowhere for five days: a gap in both."""
    first, second = two
    give(world, first, day=TODAY - timedelta(days=5))
    with pytest.raises(MissedDosesNeedReview):
        give(world, second)
    order(world, first, Product.METHADONE_ORAL, 30, start=TODAY - timedelta(days=1))
    give(world, first, day=TODAY - timedelta(days=1))
    assert give(world, second)


def test_another_medication_does_not_hide_missed_methadone(world, two):
    first, second = two
    give(world, first, day=TODAY - timedelta(days=5))
    film = Product.BUPRENORPHINE_NALOXONE_FILM
    order(world, second, film, 8, start=TODAY - timedelta(days=1))
    give(world, second, day=TODAY - timedelta(days=1), product=film, amount="8")
    with pytest.raises(MissedDosesNeedReview):
        give(world, first)


def test_an_injection_of_the_other_program_still_works(world, two):
    for episode in two:
        order(world, episode, Product.SUBLOCADE, 300, start=TODAY - timedelta(days=20))
    first, second = two
    give(world, first, day=TODAY - timedelta(days=10), product=Product.SUBLOCADE, amount="300")
    with pytest.raises(TooSoon):
        give(world, second, product=Product.SUBLOCADE, amount="300")
