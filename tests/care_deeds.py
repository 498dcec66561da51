"""Stages of the verbs on doses at home, tests to come and kits (see tests/deeds.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from access.models import User
from dispensary import recalling
from dispensary.enums import CallBackOutcome
from tests import care_world as care
from tests.world import World

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
}
