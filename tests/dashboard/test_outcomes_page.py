"""The outcomes page: what it asks is checked where it is typed."""

from datetime import UTC, datetime

import pytest
import time_machine

from tests.support.world import NOW, World


@pytest.mark.parametrize("as_of", ["2026-03-04", "2199-12-31", "9999-12-31"])
def test_a_day_to_come_is_refused_at_its_field(world: World, sign_in, as_of):
    world.signed(world.admit())
    with time_machine.travel(NOW, tick=False):
        page = sign_in(world.clinical_director).get(
            f"/outcomes/retention?measure=episode&as_of={as_of}"
        )
    assert page.status_code == 422
    assert "report" not in page.context
    assert page.context["form"].errors.keys() == {"as_of"}
    text = page.content.decode()
    assert "The date is in the future. Choose today or an earlier date." in text
    assert f'value="{as_of}"' in text, "what was typed is lost"


def test_today_is_the_clinic_s_day(world: World, sign_in):
    # Half past eleven in the evening in New York; the next day in Greenwich.
    with time_machine.travel(datetime(2026, 3, 4, 4, 30, tzinfo=UTC), tick=False):
        client = sign_in(world.clinical_director)
        assert client.get("/outcomes/retention?as_of=2026-03-03").status_code == 200
        assert client.get("/outcomes/retention?as_of=2026-03-04").status_code == 422


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Asia/Kathmandu"])
def test_the_report_opens_in_a_clinic_of_any_zone(world, sign_in, settings, zone):
    """Some zones have no name of letters, and what the clock calls them is no name to look up."""
    settings.TIME_ZONE = zone
    assert sign_in(world.clinical_director).get("/outcomes/retention").status_code == 200
    assert sign_in(world.privacy_officer).get("/accounting").status_code == 200
