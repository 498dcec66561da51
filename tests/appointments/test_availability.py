"""What is offered can be booked, and what can be booked is offered."""

from contextlib import suppress
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.enums import Role
from appointments.actions.visit_types import set_up_visit_type
from appointments.actions.working_hours import close_on_federal_holidays, end_working_hours
from appointments.availability import FreeTime, free_times
from appointments.enums import VisitMode, Weekday
from appointments.errors import OutsideHours, PractitionerAway, SiteClosed, SlotTaken
from appointments.intervals import moment, seconds
from appointments.models import Appointment, Closure, HeldTime, Room
from common.errors import DomainError, InvalidInput
from common.time_zones import day_bounds, moment_of
from tests.support import calendar_world as calendar
from tests.support.world import NOW, TODAY, ZONE

#: A Monday.
MONDAY = date(2026, 3, 9)


def on(day: date, clock: str):
    return moment_of(day, time.fromisoformat(clock), ZONE)


def search(world, first=MONDAY, days=1, **more) -> list[FreeTime]:
    return free_times(
        site=world.here,
        type=more.pop("type", world.visit_type),
        from_date=first,
        until_date=first + timedelta(days=days),
        practitioners=more.pop("practitioners", [world.counselor]),
        now=more.pop("now", NOW),
        **more,
    )


def clocks(found: list[FreeTime]) -> list[str]:
    return [f"{one.starts_at.astimezone(ZoneInfo(ZONE)):%H:%M}" for one in found]


def test_without_recorded_hours_any_time_can_be_booked(world):
    assert clocks(search(world))[:2] == ["07:00", "07:15"]
    assert world.book(on(MONDAY, "22:00"))


def test_with_recorded_hours_only_within_them(world):
    calendar.hours(world, starts_time=time(9, 10), ends_time=time(11))
    assert clocks(search(world)) == ["09:10", "09:15", "09:30", "09:45", "10:00", "10:15"]
    for clock in ("09:00", "10:20", "22:00"):
        with pytest.raises(OutsideHours):
            world.book(on(MONDAY, clock))
    assert world.book(on(MONDAY, "10:15"))
    assert search(world, MONDAY + timedelta(days=1)) == []


def test_hours_at_one_site_are_none_at_another(world):
    from access.models import RoleAssignment

    RoleAssignment.objects.create(
        user=world.counselor, site=world.there, role=Role.COUNSELOR, granted_at=NOW
    )
    calendar.hours(world)
    found = free_times(
        site=world.there,
        type=world.visit_type,
        from_date=MONDAY,
        until_date=MONDAY + timedelta(days=1),
        practitioners=[world.counselor],
        now=NOW,
    )
    assert found == []


def test_extra_hours_beside_those_of_the_week(world):
    calendar.hours(world, starts_time=time(9), ends_time=time(10))
    calendar.evening_hours(world, day=MONDAY)
    assert clocks(search(world)) == [
        "09:00",
        "09:15",
        "18:00",
        "18:15",
        "18:30",
        "18:45",
        "19:00",
        "19:15",
    ]


def test_away_and_closed(world):
    calendar.hours(world, starts_time=time(9), ends_time=time(12))
    calendar.away(world, on(MONDAY, "09:30"), timedelta(hours=1))
    assert clocks(search(world)) == ["10:30", "10:45", "11:00", "11:15"]
    with pytest.raises(PractitionerAway):
        world.book(on(MONDAY, "09:00"))
    calendar.closure(world, MONDAY)
    assert search(world) == []
    with pytest.raises(SiteClosed):
        world.book(on(MONDAY, "10:30"))


def test_the_buffer_keeps_practitioner_and_room_and_not_the_patient(world):
    kind = set_up_visit_type(
        code="long",
        name="Long",
        minutes=45,
        buffer_minutes=15,
        now=NOW,
        by=world.system_administrator,
    )
    world.visit_type = kind
    world.book(on(MONDAY, "10:00"))
    offered = clocks(search(world, patient=world.register("Second")))
    assert "10:45" not in offered
    assert {"09:00", "11:00"} <= set(offered)
    assert "09:15" not in offered  # its own buffer would reach into ten o'clock
    with pytest.raises(SlotTaken):
        world.book(on(MONDAY, "10:45"), patient=world.register("Third"))
    assert world.book(on(MONDAY, "10:45"), practitioner=world.nurse)


def test_only_who_gives_it_and_only_as_it_is_offered(world):
    kind = set_up_visit_type(
        code="injection",
        name="Injection",
        minutes=15,
        roles=[Role.NURSE],
        modes=[VisitMode.IN_PERSON],
        now=NOW,
        by=world.system_administrator,
    )
    found = search(world, type=kind, practitioners=None)
    assert {one.practitioner for one in found} == {world.nurse.pk}
    assert search(world, type=kind, practitioners=None, mode=VisitMode.VIDEO) == []
    world.visit_type = kind
    with pytest.raises(InvalidInput, match="does not offer this visit type"):
        world.book(on(MONDAY, "10:00"), practitioner=world.counselor)


def test_the_earliest_come_first_over_people_and_days(world):
    calendar.every_day(world, starts_time=time(10), ends_time=time(11))
    calendar.every_day(world, world.nurse, starts_time=time(9), ends_time=time(10))
    found = search(world, days=3, practitioners=[world.counselor, world.nurse], most=7)
    assert clocks(found) == ["09:00", "09:15", "10:00", "10:15", "09:00", "09:15", "10:00"]
    assert [one.starts_at for one in found] == sorted(one.starts_at for one in found)


def test_nothing_in_the_past_and_no_endless_search(world):
    assert all(one.starts_at > NOW for one in search(world, TODAY))
    for days in (0, 185):
        with pytest.raises(InvalidInput):
            search(world, days=days)


def test_what_is_left_of_today_begins_at_a_time_that_people_say(world):
    calendar.hours(world, weekday=Weekday.TUESDAY, starts_time=time(9, 10), ends_time=time(12))
    found = search(world, TODAY, now=on(TODAY, "10:06") + timedelta(seconds=33))
    assert clocks(found)[:2] == ["10:15", "10:30"]
    assert clocks(search(world, TODAY, now=on(TODAY, "10:15")))[0] == "10:30"
    assert clocks(search(world, TODAY, now=on(TODAY, "09:00")))[0] == "09:10"


def test_a_search_is_as_many_queries_however_many_people(world, django_assert_num_queries):
    from tests.support.world import make_user

    for number in range(12):
        who = make_user(f"P{number}", Role.COUNSELOR, world.here)
        calendar.every_day(world, who)
    with django_assert_num_queries(6):
        assert search(world, days=28, practitioners=None)


def test_ended_hours_hold_no_more(world):
    held = calendar.hours(world)
    end_working_hours(hours=held, until_date=MONDAY, now=NOW, by=world.clinical_director)
    assert search(world) == []
    assert search(world, MONDAY - timedelta(days=7), now=NOW - timedelta(days=9))


def test_federal_holidays_are_observed(world):
    made = close_on_federal_holidays(
        site=world.here, year=2027, now=NOW, by=world.clinical_director
    )
    days = {closure.from_date for closure in made}
    # The Fourth is a Sunday, Juneteenth and Christmas are Saturdays, and so is the New Year of 2028.
    assert {date(2027, 7, 5), date(2027, 6, 18), date(2027, 12, 24), date(2027, 12, 31)} <= days
    assert not {date(2027, 7, 4), date(2027, 6, 19), date(2027, 12, 25)} & days
    assert (
        close_on_federal_holidays(site=world.here, year=2027, now=NOW, by=world.clinical_director)
        == []
    )
    assert Closure.objects.count() == len(made) == 12


QUARTERS = st.integers(0, 4 * 24 - 1)


@st.composite
def weeks(draw):
    """Hours, time away, a closure and visits over three days around the change of clocks."""
    hours = draw(st.lists(st.tuples(st.integers(0, 2), QUARTERS, st.integers(1, 40)), max_size=4))
    away = draw(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 30)), max_size=2))
    held = draw(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 8)), max_size=5))
    return (
        hours,
        away,
        held,
        draw(st.sampled_from([None, 0, 1, 2])),
        draw(st.sampled_from([0, 15])),
        draw(st.integers(0, 2)),
    )


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(week=weeks())
def test_what_is_offered_is_exactly_what_can_be_booked(world, week):
    """An oracle: every third quarter of an hour is tried by booking it."""
    first = date(2026, 3, 7)  # clocks change on the eighth
    with transaction.atomic():
        _imagine(world, week, first)
        offered = {one.starts_at for one in search(world, first, days=3, patient=world.patient)}
        begins, ends = day_bounds(first, ZONE)[0], day_bounds(first + timedelta(days=3), ZONE)[0]
        starts = range(seconds(begins) + 900 * week[-1], seconds(ends), 2700)
        for second in starts:
            start = moment(second)
            assert (start in offered) == _can_be_booked(world, start), (start, week)
        transaction.set_rollback(True)


def _imagine(world, week, first: date) -> None:
    hours, away, held, closed, buffer, _ = week
    begins = day_bounds(first, ZONE)[0]
    world.visit_type.buffer_minutes = buffer
    # One piece of hours outside of those days, so that some are recorded.
    calendar.hours(world, weekday=Weekday.WEDNESDAY)
    for number, quarter, length in hours:
        day, end = first + timedelta(days=number), min(quarter + length, 95)
        _if_it_can_be(
            calendar.hours,
            world,
            weekday=Weekday(day.weekday()),
            starts_time=time(quarter // 4, quarter % 4 * 15),
            ends_time=time(end // 4, end % 4 * 15),
        )
    for quarter, length in away:
        start = begins + timedelta(minutes=15 * quarter)
        _if_it_can_be(calendar.away, world, start, timedelta(minutes=15 * length))
    if closed is not None:
        calendar.closure(world, first + timedelta(days=closed))
    other = world.register("Other")
    for quarter, length in held:
        start = begins + timedelta(minutes=15 * quarter)
        visit = Appointment(
            patient=other,
            site=world.here,
            type=world.visit_type,
            practitioner=world.counselor,
            starts_at=start,
            ends_at=start + timedelta(minutes=15 * length),
            held_since=NOW,
            recorded_at=NOW,
        )
        _if_it_can_be(visit.save)


def _if_it_can_be(deed, *arguments, **options) -> None:
    """What overlaps something imagined before is left out."""
    with suppress(DomainError, IntegrityError), transaction.atomic():
        deed(*arguments, **options)


def _can_be_booked(world, start) -> bool:
    try:
        with transaction.atomic():
            world.book(start)
            transaction.set_rollback(True)
    except DomainError:
        return False
    return True


def test_a_room_is_taken_once(world):
    from appointments.actions.booking import book_appointment
    from appointments.errors import RoomTaken

    room = Room.objects.create(site=world.here, name="Room 1")
    values = {
        "site": world.here,
        "type": world.visit_type,
        "starts_at": on(MONDAY, "10:00"),
        "room": room,
        "now": NOW,
        "by": world.front_desk,
    }
    book_appointment(patient=world.patient, practitioner=world.counselor, **values)
    with pytest.raises(RoomTaken):
        book_appointment(patient=world.register("Second"), practitioner=world.nurse, **values)
    assert HeldTime.objects.count() == 1
