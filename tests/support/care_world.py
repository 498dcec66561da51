"""Doses at home, who was called back with them, tests to come, kits: for tests that need them (see world.py)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from dispensary.actions.call_backs import call_back_take_homes
from dispensary.actions.doses import give_take_home_doses
from dispensary.actions.naloxone import give_naloxone_kit, record_naloxone_declined
from dispensary.enums import NaloxoneProduct
from dispensary.models.call_backs import CallBack
from dispensary.models.doses import DoseRecord
from dispensary.models.naloxone import NaloxoneOffer
from patients.models import Episode, Patient
from tests.support.world import NOW, TODAY, World
from treatments.actions.drug_tests import draw_random_test, plan_drug_test
from treatments.enums import Product
from treatments.models import PlannedTest

TOMORROW_NOON = NOW + timedelta(hours=26)


def at_home(world: World, episode: Episode | None = None, days: int = 1) -> list[DoseRecord]:
    """Doses for today and the days after it, handed out from a plan in force."""
    return give_take_home_doses(
        episode=episode or world.signed(world.admit()).episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        first_date=TODAY,
        days=days,
        rationale="Works in the mornings.",
        now=NOW,
        by=world.nurse,
    )


def called_back(
    world: World,
    patient: Patient | None = None,
    due_at: datetime = TOMORROW_NOON,
    now: datetime = NOW,
) -> CallBack:
    """With a dose at home first, unless `patient` is given."""
    about = patient or at_home(world)[0].patient
    return call_back_take_homes(patient=about, due_at=due_at, now=now, by=world.nurse)


def planned_test(
    world: World, patient: Patient | None = None, due_date: date = TODAY
) -> PlannedTest:
    about = patient or world.patient
    return plan_drug_test(patient=about, due_date=due_date, now=NOW, by=world.nurse)


def drawn_test(
    world: World,
    days: Collection[date],
    patient: Patient | None = None,
    seed: int = 1,
) -> PlannedTest:
    about = patient or world.patient
    return draw_random_test(patient=about, days=days, chance=Random(seed), now=NOW, by=world.nurse)


def kit(
    world: World,
    patient: Patient | None = None,
    given_date: date = TODAY,
    expires_date: date = TODAY + timedelta(days=400),
) -> NaloxoneOffer:
    return give_naloxone_kit(
        patient=patient or world.patient,
        product=NaloxoneProduct.NASAL_4_MG,
        given_date=given_date,
        expires_date=expires_date,
        lot="L77",
        now=NOW,
        by=world.nurse,
    )


def declined(world: World, declined_date: date = TODAY) -> NaloxoneOffer:
    return record_naloxone_declined(
        patient=world.patient, declined_date=declined_date, now=NOW, by=world.nurse
    )
