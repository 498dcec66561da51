"""/reports/retention refuses to tell the future."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from tests.api.callers import refusal
from tests.support.world import World


@pytest.mark.parametrize("as_of", ["2026-03-04", "2199-12-31"])
def test_a_day_to_come_is_refused(world: World, call, as_of):
    world.signed(world.admit())
    response = call(world.clinical_director).get(
        "reports/retention", measure="episode", as_of=as_of
    )
    assert response.status_code == 400
    assert refusal(response)["attr"] == "as_of"
    assert "The date is in the future." in refusal(response)["detail"]


def test_today_is_the_clinic_s_day(world: World, call):
    # Half past eleven in the evening in New York; the next day in Greenwich.
    with time_machine.travel(datetime(2026, 3, 4, 4, 30, tzinfo=UTC), tick=False):
        director = call(world.clinical_director)
        assert director.get("reports/retention", as_of="2026-03-03").status_code == 200
        assert director.get("reports/retention", as_of="2026-03-04").status_code == 400
