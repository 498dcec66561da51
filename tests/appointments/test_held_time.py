"""Whose time is taken: kept by the database, whatever wrote the rows."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from appointments.actions.working_hours import set_working_hours
from appointments.enums import AppointmentStatus, GroupStatus, OfferStatus
from appointments.errors import HoursOverlap
from appointments.models import Appointment, GroupSession, HeldTime, Room, WaitlistOffer
from tests.support import calendar_world as calendar
from tests.support.calendar_world import MEETING
from tests.support.world import NOW, TODAY

LATER = NOW + timedelta(days=2)
TRIGGERS = {
    "appointments_appointment": {
        "hold_time_of_visit",
        "let_time_go",
        "count_seats_of_group",
        "group_visit_is_at_its_session",
        "free_time_of_visit",
    },
    "appointments_groupsession": {
        "hold_time_of_group",
        "let_time_go",
        "group_takes_its_visits_along",
    },
    "appointments_waitlistoffer": {"hold_time_of_offer", "let_time_go"},
    "appointments_heldtime": {"time_is_held_by_triggers"},
    "appointments_freedtime": {"time_is_freed_by_triggers"},
}


@pytest.mark.parametrize("table", TRIGGERS)
def test_the_triggers_are_there_and_switched_on(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
            " AND tgenabled = 'O' AND tgname NOT LIKE '%%constraint%%'",
            [table],
        )
        assert {name for (name,) in cursor.fetchall()} >= TRIGGERS[table]


def held() -> set[tuple[Any, ...]]:
    return {
        (row.practitioner_id, row.room_id, row.period.lower, row.period.upper)
        for row in HeldTime.objects.all()
    }


def test_it_follows_a_visit_through_raw_updates(world):
    visit = world.book(LATER)
    room = Room.objects.create(site=world.here, name="Room 1")
    rows = Appointment.objects.filter(pk=visit.pk)
    rows.update(room=room, buffer_minutes=15, ends_at=LATER + timedelta(hours=1))
    who = world.counselor.pk
    assert held() == {(who, room.pk, LATER, LATER + timedelta(hours=1, minutes=15))}
    rows.update(status=AppointmentStatus.NO_SHOW)
    assert held() == set()
    rows.update(status=AppointmentStatus.COMPLETED, practitioner=None, room=None)
    assert held() == set()
    rows.update(practitioner=world.nurse)
    assert {row[0] for row in held()} == {world.nurse.pk}
    rows.delete()
    assert held() == set()


def test_it_follows_groups_and_offers(world):
    session = calendar.session(world)
    offer = calendar.offer(world)
    assert len(held()) == 2
    GroupSession.objects.filter(pk=session.pk).update(status=GroupStatus.HELD)
    assert len(held()) == 2
    GroupSession.objects.filter(pk=session.pk).update(status=GroupStatus.CANCELLED)
    WaitlistOffer.objects.filter(pk=offer.pk).update(status=OfferStatus.EXPIRED)
    assert held() == set()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM appointments_heldtime",
        "UPDATE appointments_heldtime SET practitioner_id = NULL",
        """INSERT INTO appointments_heldtime (practitioner_id, period, appointment_id)
        SELECT practitioner_id, tstzrange(now(), now() + interval '1 hour'), id
        FROM appointments_appointment WHERE status = 'cancelled'""",
    ],
)
def test_nobody_writes_it_directly(world, statement):
    world.book(LATER)
    other = world.book(LATER + timedelta(days=1))
    Appointment.objects.filter(pk=other.pk).update(status="cancelled", cancelled_by="patient")
    with (
        pytest.raises(IntegrityError, match="held time follows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert len(held()) == 1


@pytest.mark.parametrize("first", ["visit", "group", "offer"])
@pytest.mark.parametrize("second", ["visit", "group", "offer"])
@pytest.mark.parametrize("what", ["practitioner", "room"])
def test_nobody_and_no_room_twice_whatever_it_is_for(world, first, second, what):
    """Nine pairs, each for the practitioner and for the room: by rows, without any action."""
    room = Room.objects.create(site=world.here, name="Hall", capacity=20)
    makers = {"visit": _visit, "group": _group, "offer": _offer}
    one = makers[first](world, "Ones", 0)
    two = makers[second](world, "Twos", 1)
    assert len(held()) == 2
    same = {"practitioner": world.counselor} if what == "practitioner" else {"room": room}
    _put(one, same)
    with pytest.raises(IntegrityError, match=f"held_{what}_once_at_a_time"), transaction.atomic():
        _put(two, same)


def _put(row, where) -> None:
    times = {"starts_at": MEETING, "ends_at": MEETING + timedelta(minutes=30)}
    type(row).objects.filter(pk=row.pk).update(**where, **times)


def _visit(world, name, number):
    start = NOW + timedelta(days=30 + number)
    return world.book(start, patient=world.register(name), practitioner=_who(world, number))


def _group(world, name, number):
    start = NOW + timedelta(days=30 + number)
    return calendar.session(world, starts_at=start, practitioner=_who(world, number))


def _offer(world, name, number):
    start = NOW + timedelta(days=20 + number)
    place = calendar.entry(world, world.register(name))
    return calendar.offer(world, place, starts_at=start, practitioner=_who(world, number))


def _who(world, number):
    return [world.nurse, world.case_manager][number]


def test_hours_are_nowhere_twice(world):
    calendar.hours(world)
    on = {
        "practitioner": world.counselor,
        "site": world.here,
        "weekday": 0,
        "from_date": TODAY,
        "now": NOW,
        "by": world.clinical_director,
    }
    with pytest.raises(HoursOverlap):
        set_working_hours(starts_time=time(16, 59), ends_time=time(18), **on)
    assert set_working_hours(starts_time=time(17), ends_time=time(18), **on)


def test_the_constraints_say_so_where_the_trigger_is_broken(world):
    """The planted fault: without the trigger two hold one time, and the rows show it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE appointments_appointment DISABLE TRIGGER hold_time_of_visit")
    world.book(LATER)
    world.book(LATER, patient=world.register("Second"))
    assert overlaps() == 1
    assert held() == set()


OVERLAPS = """
    SELECT count(*) FROM appointments_appointment one
    JOIN appointments_appointment other ON one.id < other.id
     AND one.status IN ('booked', 'confirmed', 'arrived', 'completed')
     AND other.status IN ('booked', 'confirmed', 'arrived', 'completed')
     AND tstzrange(one.starts_at, one.ends_at) && tstzrange(other.starts_at, other.ends_at)
     AND (one.patient_id = other.patient_id
          OR (one.group_session_id IS NULL AND other.group_session_id IS NULL
              AND (one.practitioner_id = other.practitioner_id OR one.room_id = other.room_id)))
"""


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return int(cursor.fetchone()[0])
