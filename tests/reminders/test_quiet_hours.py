"""Nobody's phone rings at night, whatever clocks do: every change of 2026 to 2028 in six zones.

What is right is found in another way than the code finds it: minute by minute, by the clock on the wall.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from reminders.enums import ReminderStatus, Step
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from reminders.quiet_hours import waking_hour
from reminders.sending import PUT_OFF, send_due_reminders

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Three that change their clocks in the United States' way, one of Europe, one of the south, one never.
ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "Europe/Madrid",
    "Australia/Lord_Howe",
    "America/Phoenix",
)
#: The law's hours, and a patient's own, which begin and end on no full hour.
HOURS = [(time(8), time(21)), (time(8, 30), time(20, 45)), (time(12), time(12, 1))]


def changes(zone: str) -> list[datetime]:
    """Every hour at which that zone's offset changes, 2026 to 2028."""
    found, moment = [], datetime(2026, 1, 1, tzinfo=UTC)
    before = moment.astimezone(ZoneInfo(zone)).utcoffset()
    while moment.year < 2029:
        after = moment.astimezone(ZoneInfo(zone)).utcoffset()
        if after != before:
            found.append(moment)
        before, moment = after, moment + HOUR / 2
    return found


def days_of_change(zone: str) -> list[date]:
    return [moment.astimezone(ZoneInfo(zone)).date() for moment in changes(zone)]


#: Where clocks never change, the days on which they do in New York.
DAYS = {zone: days_of_change(zone) or days_of_change(ZONES[0]) for zone in ZONES}
CHANGES = [(zone, day) for zone in ZONES for day in DAYS[zone]]


@cache
def walls(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """Every minute from the evening before to the noon after the next day, and what the wall shows."""
    first = datetime.combine(day - DAY, time(12), tzinfo=UTC)
    minutes = [first + MINUTE * number for number in range(3 * 24 * 60)]
    return [(moment, moment.astimezone(ZoneInfo(zone))) for moment in minutes]


def allowed(zone: str, day: date, begins: time, ends: time) -> list[datetime]:
    return [moment for moment, wall in walls(zone, day) if begins <= wall.time() < ends]


def test_the_changes_are_those_that_there_are():
    """Else the tests below would prove nothing: thirty changes, and six days of a zone without any."""
    assert len(CHANGES) == 36
    shifted = [
        zone
        for zone, day in CHANGES
        if walls(zone, day)[0][1].utcoffset() != walls(zone, day)[-1][1].utcoffset()
    ]
    assert {zone: shifted.count(zone) for zone in ZONES} == {
        **dict.fromkeys(ZONES, 6),
        "America/Phoenix": 0,
    }


@pytest.mark.parametrize(("begins", "ends"), HOURS, ids=str)
@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=str)
def test_every_minute_around_a_change_waits_for_the_first_hour_of_the_day(zone, day, begins, ends):
    ring = allowed(zone, day, begins, ends)
    assert ring
    following = iter(ring)
    at = next(following)
    for moment, _ in walls(zone, day):
        if moment > ring[-1]:
            break
        if at < moment:
            at = next(following)
        assert waking_hour(moment, zone, begins, ends) == at, moment


@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=str)
def test_moments_between_the_minutes_are_of_the_minute_that_runs(zone, day):
    """20:59:59.999999 is still evening, and 07:59:59.999999 is night."""
    last = timedelta(microseconds=1)
    for begins, ends in HOURS:
        ring, seen = set(allowed(zone, day, begins, ends)), {at for at, _ in walls(zone, day)}
        for edge in {at for at in ring if at - MINUTE in seen - ring}:
            assert waking_hour(edge - last, zone, begins, ends) == edge
        for end in {at + MINUTE for at in ring} & seen - ring:
            assert waking_hour(end - last, zone, begins, ends) == end - last
            assert waking_hour(end, zone, begins, ends) > end


def visit_after(world, zone, day):
    """At noon of the day after the change, where the patient is; their site is in New York."""
    world.reachable()
    world.wishes(time_zone=zone)
    noon = datetime.combine(day + DAY, time(12), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return world.book(noon, now=noon - 10 * DAY), noon


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("zone", ZONES)
def test_through_planning_and_sending_no_message_goes_out_at_night(world, gateway, zone, number):
    """Every half hour of the two days around a change, with a reminder that is due all the time."""
    day = DAYS[zone][number]
    _, noon = visit_after(world, zone, day)
    plan_due_reminders(now=noon - 2 * DAY)
    row = Reminder.objects.get()
    assert row.step == Step.THREE_DAYS
    rang, tried = [], [noon - 2 * DAY + step * 30 * MINUTE for step in range(80)]
    for now in tried:
        Reminder.objects.update(
            status="due", due_at=now, claimed_at=None, handed_over_at=None, finished_at=None
        )
        counts = send_due_reminders(now=now)
        row.refresh_from_db()
        assert counts in ({"sent": 1}, {PUT_OFF: 1})
        if counts == {"sent": 1}:
            rang.append(now)
        else:
            assert row.status == ReminderStatus.DUE
            assert row.due_at.astimezone(ZoneInfo(zone)).time() == time(8)
            assert now < row.due_at <= now + timedelta(hours=12)
    by_the_wall = [now for now in tried if 8 <= now.astimezone(ZoneInfo(zone)).hour < 21]
    assert rang == by_the_wall
    assert 0 < len(rang) < len(tried)


@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=str)
def test_what_is_planned_in_the_night_of_a_change_is_due_when_the_day_begins(world, zone, day):
    _, noon = visit_after(world, zone, day)
    night = datetime.combine(day, time(3, 30), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    plan_due_reminders(now=night)
    due = Reminder.objects.get().due_at
    assert due.astimezone(ZoneInfo(zone)) == datetime.combine(day, time(8), tzinfo=ZoneInfo(zone))
    assert noon - due < 3 * DAY
