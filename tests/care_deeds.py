"""Stages of the verbs on doses at home, tests to come and kits (see tests/deeds.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from access.models import User
from dispensary import equipping, recalling
from dispensary.enums import CallBackOutcome, NaloxoneProduct
from tests import care_world as care
from tests.world import TODAY, World
from treatments import testing

TOMORROW = TODAY + timedelta(days=1)
Stage = Callable[[World], tuple[Callable[..., Any], dict[str, Any], User]]

CARE: dict[str, Stage] = {
    "dispensary.call_back_take_homes": lambda w: (
        recalling.call_back_take_homes,
        {"patient": care.at_home(w)[0].patient, "due_at": care.TOMORROW_NOON},
        w.nurse,
    ),
    "dispensary.count_take_homes": lambda w: (
        recalling.count_take_homes,
        {"call_back": care.called_back(w), "outcome": CallBackOutcome.MISSING, "missing": 2},
        w.nurse,
    ),
    "treatments.plan_drug_test": lambda w: (
        testing.plan_drug_test,
        {"patient": w.patient, "due_date": TODAY},
        w.nurse,
    ),
    "treatments.draw_random_test": lambda w: (
        testing.draw_random_test,
        {"patient": w.patient, "days": [TOMORROW], "chance": Random(1)},
        w.nurse,
    ),
    "treatments.take_planned_test": lambda w: (
        testing.take_planned_test,
        {"planned": care.planned_test(w), "collected_date": TODAY, "positive": ["fentanyl"]},
        w.nurse,
    ),
    "treatments.call_off_planned_test": lambda w: (
        testing.call_off_planned_test,
        {"planned": care.planned_test(w), "reason": "In hospital"},
        w.nurse,
    ),
    "dispensary.give_naloxone_kit": lambda w: (
        equipping.give_naloxone_kit,
        {
            "patient": w.patient,
            "product": NaloxoneProduct.NASAL_4_MG,
            "given_date": TODAY,
            "expires_date": TODAY + timedelta(days=400),
        },
        w.nurse,
    ),
    "dispensary.note_naloxone_declined": lambda w: (
        equipping.note_naloxone_declined,
        {"patient": w.patient, "declined_date": TODAY},
        w.nurse,
    ),
}
