"""Tests to come: a day on which the patient comes anyway is proposed, and drawn from."""

from datetime import timedelta

import pytest
import time_machine

from access.models import Site
from tests.appointments.test_visit_bundling import doses
from tests.support.world import NOW, TODAY, World
from treatments.actions.drug_tests import plan_drug_test
from treatments.models import PlannedTest


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_next_day_on_which_they_come_is_proposed(world: World, sign_in):
    doses(world, {0, 2, 4})
    page = sign_in(world.nurse).get(f"/patients/{world.patient.pk}/planned-test")
    wednesday = TODAY + timedelta(days=1)
    assert f'value="{wednesday}"' in page.content.decode()
    assert "comes for the dose" in page.content.decode()


def test_where_no_such_day_is_known_none_is_proposed(world: World, sign_in):
    page = sign_in(world.nurse).get(f"/patients/{world.patient.pk}/planned-test")
    assert "The patient is not expected on any day yet" in page.content.decode()


def test_a_draw_among_the_days_on_which_they_come(world: World, sign_in):
    doses(world, {0, 2, 4})
    client = sign_in(world.nurse)
    path = f"/patients/{world.patient.pk}/random-test"
    assert "checked" in client.get(path).content.decode()
    first = TODAY + timedelta(days=1)
    for week in range(4):
        start = first + timedelta(weeks=week)
        typed = {"from_date": start, "until_date": start + timedelta(days=7), "only_there": "on"}
        assert client.post(path, typed).status_code == 302
    assert {one.due_date.weekday() for one in PlannedTest.objects.all()} <= {0, 2, 4}
    tuesday = TODAY + timedelta(days=7)
    alone = {"from_date": tuesday, "until_date": tuesday + timedelta(days=1), "only_there": "on"}
    assert client.post(path, alone).status_code == 422
    assert client.post(path, {**alone, "only_there": ""}).status_code == 302


def test_who_rarely_comes_may_be_drawn_on_any_day(world: World, sign_in):
    path = f"/patients/{world.patient.pk}/random-test"
    assert "checked" not in sign_in(world.nurse).get(path).content.decode()


def test_the_day_is_that_of_the_site(world: World, sign_in):
    """In Guam it is Wednesday when it is Tuesday in New York: what was drawn shows itself there first."""
    wednesday = TODAY + timedelta(days=1)
    plan_drug_test(patient=world.patient, due_date=wednesday, now=NOW, by=world.nurse)
    client = sign_in(world.nurse)
    assert "Rivera" not in client.get("/planned-tests").content.decode()
    Site.objects.filter(pk=world.here.pk).update(time_zone="Pacific/Guam")
    page = client.get("/planned-tests").content.decode()
    assert "Rivera" in page
    assert "tag-warn" not in page
