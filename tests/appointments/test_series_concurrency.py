"""Two who change one series at the same moment, and days of a series that meet."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import time, timedelta
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction

from appointments.actions.booking import move_appointment
from appointments.actions.check_in import mark_arrived
from appointments.actions.group_series import cancel_group_series, move_group_series
from appointments.actions.group_sessions import move_group_session
from appointments.actions.series import cancel_series, move_series
from appointments.enums import CancelledBy, SeriesReach
from appointments.errors import SeriesDayTaken
from appointments.models import Appointment, AppointmentSeries, GroupSession
from common.errors import DomainError
from common.time_zones import moment_of
from tests.support import calendar_world as calendar
from tests.support.calendar_world import FAR
from tests.support.world import NOW, ZONE, World, make_world

#: So often it is asked whether the other one waits; each time the database is read.
MOST_ASKED = 20_000
WAITS_FOR_ME = """
    SELECT count(*) FROM pg_locks
    WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


@contextmanager
def meanwhile(deed: Callable[[], object]):
    """What stands in the block is done, but not yet committed, when `deed` begins and comes to wait for it.

    Gives the answer: "done", or the code of the refusal.
    """
    may_begin = Event()

    def answer() -> str:
        try:
            may_begin.wait()
            deed()
            return "done"
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        future: Future[str] = other.submit(answer)
        try:
            with transaction.atomic():
                yield future
                may_begin.set()
                _until_it_waits(future)
        finally:
            may_begin.set()


def _until_it_waits(future: Future[str]) -> None:
    for _ in range(MOST_ASKED):
        with connection.cursor() as cursor:
            cursor.execute(WAITS_FOR_ME)
            if cursor.fetchone()[0]:
                return
        assert not future.done(), f"it did not wait: {future.result()}"
    raise AssertionError("nobody came to wait")


def visits_of(series: AppointmentSeries) -> list[Appointment]:
    return list(series.appointments.select_related("site", "patient").order_by("series_date"))


def clocks(rows) -> list[str]:
    found = [type(row).objects.get(pk=row.pk) for row in rows]
    return [f"{row.starts_at.astimezone(ZoneInfo(ZONE)):%m-%d %H:%M}" for row in found]


def move_all(world: World, row, **more):
    """The whole series of a patient or of a group, as it was read before."""
    common = {"reach": SeriesReach.ALL, "now": NOW, "by": world.front_desk, **more}
    if isinstance(row, GroupSession):
        return move_group_series(session=row, **common)
    return move_series(appointment=row, **common)


def move_one(world: World, row, clock: time) -> None:
    fresh = type(row).objects.select_related("site").get(pk=row.pk)
    starts_at = moment_of(fresh.series_date, clock, ZONE)
    if isinstance(fresh, GroupSession):
        move_group_session(session=fresh, starts_at=starts_at, now=NOW, by=world.front_desk)
    else:
        move_appointment(appointment=fresh, starts_at=starts_at, now=NOW, by=world.front_desk)


@pytest.fixture(params=["patient", "group", "empty group"])
def of_whom(request, transactional_db):
    """A world and the rows of a series in it: visits, or sessions with somebody in them, or with nobody."""
    world = make_world()
    if request.param == "patient":
        return world, visits_of(calendar.series(world))
    sessions = calendar.group_series(world, starts_time=time(9))
    if request.param == "group":
        calendar.seats(world, sessions[0])
    return world, sessions


@pytest.mark.django_db(transaction=True)
def test_a_time_that_a_colleague_just_agreed_on_stays(of_whom):
    world, rows = of_whom
    with meanwhile(lambda: move_all(world, rows[0], starts_time=time(10))) as answer:
        move_one(world, rows[1], time(15))
    assert answer.result() == "done"
    assert clocks(rows) == ["03-23 10:00", "03-30 15:00", "04-06 10:00", "04-13 10:00"]


@pytest.mark.django_db(transaction=True)
def test_the_one_that_was_meant_has_been_moved_meanwhile(of_whom):
    world, rows = of_whom
    with meanwhile(lambda: move_all(world, rows[1], starts_time=time(10))) as answer:
        move_one(world, rows[1], time(15))
    assert answer.result() == "wrong_state"
    assert clocks(rows) == ["03-23 09:00", "03-30 15:00", "04-06 09:00", "04-13 09:00"]


@pytest.mark.django_db(transaction=True)
def test_another_clock_and_another_practitioner_at_once(of_whom):
    world, rows = of_whom
    with meanwhile(lambda: move_all(world, rows[0], practitioner=world.nurse)) as answer:
        move_all(world, rows[1], starts_time=time(10))
    assert answer.result() == "wrong_state"
    assert {clock[-5:] for clock in clocks(rows)} == {"10:00"}
    # Read again, it is done, and the clock that the other one set stays.
    fresh = type(rows[0]).objects.select_related("site").get(pk=rows[0].pk)
    move_all(world, fresh, practitioner=world.nurse)
    assert {clock[-5:] for clock in clocks(rows)} == {"10:00"}
    rows = [type(row).objects.get(pk=row.pk) for row in rows]
    assert {row.practitioner_id for row in rows} == {world.nurse.pk}


@pytest.mark.django_db(transaction=True)
def test_all_kinds_of_changes_at_once_queue_up():
    """Whatever comes first, each is done or refused by name: no deadlock, no failure."""
    world = make_world()
    visits = visits_of(calendar.series(world))
    sessions = calendar.group_series(world, starts_time=time(14))
    calendar.seats(world, sessions[0])
    by: dict[str, Any] = {"now": NOW, "by": world.front_desk}
    ends: dict[str, Any] = {"reach": SeriesReach.FOLLOWING, "reason": "Ill", **by}
    deeds: list[Callable[[], object]] = [
        lambda: move_all(world, visits[0], starts_time=time(10)),
        lambda: move_all(world, sessions[0], starts_time=time(16)),
        lambda: move_all(world, visits[0], practitioner=world.nurse),
        lambda: move_all(world, sessions[0], practitioner=world.nurse),
        lambda: move_one(world, visits[1], time(15)),
        lambda: move_one(world, sessions[1], time(11)),
        lambda: cancel_series(appointment=visits[3], cancelled_by=CancelledBy.CLINIC, **ends),
        lambda: cancel_group_series(session=sessions[3], **ends),
    ]

    def answer(deed: Callable[[], object]) -> str:
        try:
            deed()
            return "done"
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as desks:
        answers = list(desks.map(answer, deeds * 3))
    # `try_again` would be a deadlock that the database had to end.
    assert set(answers) <= {"done", "wrong_state", "series_conflicts", "slot_taken"}
    assert "done" in answers


# --- days that meet ------------------------------------------------------------------------------


@pytest.mark.parametrize("days_later", [-1, 1])
@pytest.mark.parametrize("reach", [SeriesReach.ALL, SeriesReach.FOLLOWING])
def test_a_day_may_come_to_where_one_that_was_moved_alone_counts(world, days_later, reach):
    """That one keeps its time, and counts for a later day as the others do."""
    made = calendar.series(world, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;COUNT=4")
    visits = visits_of(made)
    move_one(world, visits[1], time(15))
    later = move_all(world, visits[0], reach=reach, days_later=days_later)
    expected = [FAR + timedelta(days=n + days_later) for n in range(4)]
    found = visits_of(later)
    assert [visit.series_date for visit in found] == expected
    assert found[1].starts_at == moment_of(FAR + timedelta(days=1), time(15), ZONE)
    assert found[0].starts_at == moment_of(expected[0], time(9), ZONE)


def test_of_a_group_too(world):
    sessions = calendar.group_series(world, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;COUNT=4")
    move_one(world, sessions[1], time(17))
    later = move_all(world, sessions[0], days_later=1)
    rows = later.group_sessions.order_by("series_date")
    assert [row.series_date for row in rows] == [FAR + timedelta(days=n + 1) for n in range(4)]
    assert rows[1].starts_at == moment_of(FAR + timedelta(days=1), time(17), ZONE)


def test_a_day_of_what_took_place_is_named_as_that(world):
    """Not as if the patient were held then. What the refusal advises can be done."""
    visits = visits_of(calendar.series(world, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;COUNT=4"))
    mark_arrived(appointment=visits[0], now=visits[0].starts_at, by=world.front_desk)
    later = {"now": visits[0].starts_at + timedelta(hours=2), "starts_time": time(15)}
    with pytest.raises(SeriesDayTaken, match="already has an appointment"):
        move_all(world, visits[1], days_later=-1, **later)
    new = move_all(world, visits[1], days_later=-1, reach=SeriesReach.FOLLOWING, **later)
    assert [visit.series_date for visit in visits_of(new)] == [
        FAR + timedelta(days=n) for n in range(3)
    ]
