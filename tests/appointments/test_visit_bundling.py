"""Proposals on days on which a patient comes anyway."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from access.models import User
from appointments.visit_bundling import ANYWAY, DOSE, VISIT, days_there, one_trip_days
from common.time_zones import moment_of
from dispensary.actions.doses import give_dose, give_take_home_doses
from tests.support import calendar_world as calendar
from tests.support.world import NOW, TODAY, ZONE
from treatments.enums import Product

METHADONE: dict[str, Any] = {"product": Product.METHADONE_ORAL, "amount_mg": Decimal(30)}


def days(world, user: User | None = None, until: date = TODAY + timedelta(days=8)):
    return one_trip_days(
        patient=world.patient,
        type=world.visit_type,
        from_date=TODAY + timedelta(days=1),
        until_date=until,
        practitioners=[world.counselor],
        now=NOW,
        user=user or world.nurse,
    )


def doses(world, weekdays: set[int], clock: time = time(7, 40), weeks: int = 3):
    """Taken under observation on those weekdays; the last of them today, a Tuesday."""
    episode = world.signed(world.admit()).episode
    for ago in range(7 * weeks, -1, -1):
        day = TODAY - timedelta(days=ago)
        if day.weekday() in weekdays:
            at = moment_of(day, clock, ZONE)
            give_dose(episode=episode, dose_date=day, now=at, by=world.nurse, **METHADONE)
    return episode


def test_on_days_of_the_dose_near_its_time(world):
    doses(world, {0, 1, 2, 3, 4, 5, 6})
    found = days(world)
    assert [one.day for one in found] == [TODAY + timedelta(days=n) for n in range(1, 8)]
    assert {one.why for one in found} == {DOSE}
    nearest = found[0].times[0].starts_at.astimezone(ZoneInfo(ZONE))
    # Both end or begin within minutes of 07:40.
    assert f"{nearest:%H:%M}" == "07:00"
    assert found[0].at == moment_of(TODAY + timedelta(days=1), time(7, 40), ZONE)


def test_not_on_days_with_a_dose_at_home(world):
    episode = doses(world, {0, 1, 2, 3, 4, 5, 6})
    give_take_home_doses(
        episode=episode,
        first_date=TODAY + timedelta(days=1),
        days=3,
        rationale="Holiday",
        now=NOW,
        by=world.nurse,
        **METHADONE,
    )
    assert next(one.day for one in days(world)) == TODAY + timedelta(days=4)


def test_who_sees_no_doses_is_not_told_why(world):
    doses(world, {0, 1, 2, 3, 4, 5, 6})
    assert {one.why for one in days(world, world.front_desk)} == {ANYWAY}


def test_on_days_of_other_visits_right_before_or_after(world):
    world.book(moment_of(TODAY + timedelta(days=3), time(10), ZONE), practitioner=world.nurse)
    (found,) = days(world)
    assert (found.day, found.why) == (TODAY + timedelta(days=3), VISIT)
    clocks = {f"{one.starts_at.astimezone(ZoneInfo(ZONE)):%H:%M}" for one in found.times}
    assert {"09:15", "10:45"} <= clocks


def test_somebody_who_does_not_come_has_no_such_days(world):
    assert days(world) == []


def test_a_day_on_which_nobody_is_free_is_left_out(world):
    world.book(moment_of(TODAY + timedelta(days=3), time(10), ZONE), practitioner=world.nurse)
    calendar.closure(world, TODAY + timedelta(days=3))
    assert days(world) == []


def test_the_days_alone_for_what_needs_no_time(world):
    doses(world, {0, 2, 4})
    calendar.session(world)
    visit = world.book(NOW + timedelta(days=4))
    found = days_there(
        patient=world.patient,
        from_date=TODAY + timedelta(days=1),
        until_date=TODAY + timedelta(days=8),
        now=NOW,
        user=world.nurse,
    )
    assert list(found) == sorted(found)
    assert found == {
        TODAY + timedelta(days=1): DOSE,
        TODAY + timedelta(days=3): DOSE,
        visit.starts_at.date(): VISIT,
        TODAY + timedelta(days=6): DOSE,
    }
