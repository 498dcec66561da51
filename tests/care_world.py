"""Doses at home and who was called back with them, for tests that need them (see world.py)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from dispensary.actions import give_take_home_doses
from dispensary.models import CallBack, DoseRecord
from dispensary.recalling import call_back_take_homes
from patients.models import Episode, Patient
from tests.world import NOW, TODAY, World
from treatments.enums import Product

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
