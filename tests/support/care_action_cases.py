"""Stages of the verbs on doses at home, tests to come and kits (see tests/support/action_cases.py)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from access.models import User
from dispensary.actions import call_backs, naloxone
from dispensary.enums import CallBackOutcome, NaloxoneProduct
from tests.support import care_world as care
from tests.support.world import TODAY, World
from treatments.actions import drug_tests

TOMORROW = TODAY + timedelta(days=1)
Stage = Callable[[World], tuple[Callable[..., Any], dict[str, Any], User]]

CARE: dict[str, Stage] = {
    "dispensary.call_back_take_homes": lambda w: (
        call_backs.call_back_take_homes,
        {"patient": care.at_home(w)[0].patient, "due_at": care.TOMORROW_NOON},
        w.nurse,
    ),
    "dispensary.count_take_homes": lambda w: (
        call_backs.count_take_homes,
        {"call_back": care.called_back(w), "outcome": CallBackOutcome.MISSING, "missing": 2},
        w.nurse,
    ),
    "treatments.plan_drug_test": lambda w: (
        drug_tests.plan_drug_test,
        {"patient": w.patient, "due_date": TODAY},
        w.nurse,
    ),
    "treatments.draw_random_test": lambda w: (
        drug_tests.draw_random_test,
        {"patient": w.patient, "days": [TOMORROW], "chance": Random(1)},
        w.nurse,
    ),
    "treatments.take_planned_test": lambda w: (
        drug_tests.take_planned_test,
        {"planned": care.planned_test(w), "collected_date": TODAY, "positive": ["fentanyl"]},
        w.nurse,
    ),
    "treatments.call_off_planned_test": lambda w: (
        drug_tests.call_off_planned_test,
        {"planned": care.planned_test(w), "reason": "In hospital"},
        w.nurse,
    ),
    "dispensary.give_naloxone_kit": lambda w: (
        naloxone.give_naloxone_kit,
        {
            "patient": w.patient,
            "product": NaloxoneProduct.NASAL_4_MG,
            "given_date": TODAY,
            "expires_date": TODAY + timedelta(days=400),
        },
        w.nurse,
    ),
    "dispensary.record_naloxone_declined": lambda w: (
        naloxone.record_naloxone_declined,
        {"patient": w.patient, "declined_date": TODAY},
        w.nurse,
    ),
}
