"""The verbs on doses at home, tests to come and kits in the API, as they should go (see test_verbs.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from access.models import User
from tests.support import care_world as care
from tests.support.world import World

Stage = Callable[[World], tuple[User, int, dict[str, Any]]]

TODAY, TOMORROW = "2026-03-03", "2026-03-04"
SOON = "2026-03-04T12:00:00-05:00"

CARE: dict[str, tuple[Stage, int]] = {
    "POST call-backs": (
        lambda w: (w.nurse, 0, {"patient": care.at_home(w)[0].patient_id, "due_at": SOON}),
        201,
    ),
    "POST call-backs/<int:pk>/count": (
        lambda w: (w.nurse, care.called_back(w).pk, {"outcome": "missing", "missing": 2}),
        200,
    ),
    "POST planned-tests": (
        lambda w: (w.nurse, 0, {"patient": w.patient.pk, "due_date": TODAY}),
        201,
    ),
    "POST planned-tests/draw": (
        lambda w: (
            w.nurse,
            0,
            {"patient": w.patient.pk, "from_date": TOMORROW, "until_date": "2026-04-18"},
        ),
        201,
    ),
    "POST planned-tests/<int:pk>/take": (
        lambda w: (
            w.nurse,
            care.planned_test(w).pk,
            {"collected_date": TODAY, "positive": ["fentanyl"], "negative": ["cocaine"]},
        ),
        201,
    ),
    "POST planned-tests/<int:pk>/call-off": (
        lambda w: (w.nurse, care.planned_test(w).pk, {"reason": "In hospital"}),
        200,
    ),
    "POST naloxone-offers": (
        lambda w: (
            w.nurse,
            0,
            {
                "patient": w.patient.pk,
                "product": "nasal_4_mg",
                "number": 2,
                "given_date": TODAY,
                "expires_date": "2028-01-31",
                "lot": "L77",
            },
        ),
        201,
    ),
    "POST naloxone-offers/declined": (
        lambda w: (w.nurse, 0, {"patient": w.patient.pk, "declined_date": TODAY}),
        201,
    ),
}
