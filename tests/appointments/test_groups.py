"""A group cannot be overrun, and its seats are where it is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from appointments.actions.booking import cancel_appointment, move_appointment
from appointments.actions.check_in import mark_arrived
from appointments.actions.group_sessions import (
    cancel_group_session,
    complete_group_session,
    move_group_session,
)
from appointments.actions.no_shows import mark_no_show
from appointments.enums import AppointmentStatus, CancelledBy, GroupStatus
from appointments.errors import GroupFull, GroupMoved, PatientBusy, SlotTaken, WrongState
from appointments.models import Appointment, GroupSession, HeldTime, Room
from common.errors import InvalidInput
from tests.support import calendar_world as calendar
from tests.support.calendar_world import MEETING
from tests.support.world import NOW


def test_the_session_holds_its_practitioner_and_each_seat_its_patient(world):
    planned = calendar.session(world)
    calendar.seat(world, planned)
    assert HeldTime.objects.count() == 1
    with pytest.raises(SlotTaken):
        world.book(MEETING, patient=world.register("Second"))
    with pytest.raises(PatientBusy):
        world.book(MEETING, practitioner=world.nurse)


def test_the_last_seat_goes_once(world):
    planned = calendar.session(world, capacity=2)
    calendar.seat(world, planned)
    calendar.seat(world, planned, world.register("Second"))
    with pytest.raises(GroupFull):
        calendar.seat(world, planned, world.register("Third"))
    planned.refresh_from_db()
    assert (planned.seats_taken, planned.seats_free) == (2, 0)


def test_a_seat_that_is_given_back_is_free(world):
    planned = calendar.session(world, capacity=2)
    seat = calendar.seat(world, planned)
    calendar.seat(world, planned, world.register("Second"))
    cancel_appointment(
        appointment=seat, cancelled_by=CancelledBy.PATIENT, reason="Shift", now=NOW, by=world.nurse
    )
    calendar.seat(world, planned, world.register("Third"))
    later = MEETING + timedelta(minutes=5)
    missed = planned.appointments.select_related("site").filter(status="booked").first()
    assert missed is not None
    mark_no_show(appointment=missed, now=later, by=world.nurse)
    planned.refresh_from_db()
    assert planned.seats_taken == 1
    mark_arrived(appointment=missed, now=later, by=world.nurse)
    planned.refresh_from_db()
    assert planned.seats_taken == 2


def test_raw_rows_are_counted_too_and_cannot_overrun(world):
    planned = calendar.session(world, capacity=2)
    seat = calendar.seat(world, planned)
    people = [world.register(f"P{letter}") for letter in "abc"]
    copies = [
        Appointment(
            patient=person,
            site=seat.site,
            type=seat.type,
            practitioner=seat.practitioner,
            group_session=planned,
            starts_at=seat.starts_at,
            ends_at=seat.ends_at,
            held_since=NOW,
            recorded_at=NOW,
        )
        for person in people
    ]
    with pytest.raises(IntegrityError, match="group_session_not_overrun"), transaction.atomic():
        Appointment.objects.bulk_create(copies)
    Appointment.objects.bulk_create(copies[:1])
    planned.refresh_from_db()
    assert planned.seats_taken == 2
    Appointment.objects.filter(group_session=planned).delete()
    planned.refresh_from_db()
    assert planned.seats_taken == 0


def test_a_session_moves_with_everybody(world):
    planned = calendar.session(world)
    seat = calendar.seat(world, planned)
    gone = calendar.seat(world, planned, world.register("Second"))
    cancel_appointment(
        appointment=gone, cancelled_by=CancelledBy.PATIENT, reason="x", now=NOW, by=world.nurse
    )
    later = MEETING + timedelta(days=1)
    move_group_session(session=planned, starts_at=later, now=NOW, by=world.counselor)
    for row in (seat, gone):
        row.refresh_from_db()
    assert (seat.starts_at, seat.version) == (later, 2)
    assert gone.starts_at == MEETING
    assert HeldTime.objects.get().group_session == planned
    assert world.book(MEETING)


def test_somebody_who_is_held_then_keeps_the_whole_session(world):
    planned = calendar.session(world)
    calendar.seat(world, planned)
    later = MEETING + timedelta(days=1)
    world.book(later, practitioner=world.nurse)
    with pytest.raises(PatientBusy):
        move_group_session(session=planned, starts_at=later, now=NOW, by=world.counselor)
    planned.refresh_from_db()
    assert planned.starts_at == MEETING


def test_a_cancelled_session_takes_its_seats_along(world):
    planned = calendar.session(world)
    seat = calendar.seat(world, planned)
    cancel_group_session(session=planned, reason="Ill", now=NOW, by=world.counselor)
    seat.refresh_from_db()
    planned.refresh_from_db()
    assert (seat.status, seat.cancelled_by) == (AppointmentStatus.CANCELLED, CancelledBy.CLINIC)
    assert (planned.status, planned.seats_taken) == (GroupStatus.CANCELLED, 0)
    assert HeldTime.objects.count() == 0
    with pytest.raises(GroupMoved):
        calendar.seat(world, planned, world.register("Second"))
    with pytest.raises(WrongState):
        cancel_group_session(session=planned, reason="Ill", now=NOW, by=world.counselor)


def test_a_stale_copy_of_a_moved_session_books_nothing(world):
    planned = calendar.session(world)
    stale = GroupSession.objects.select_related("site", "type", "practitioner").get(pk=planned.pk)
    move_group_session(
        session=planned, starts_at=MEETING + timedelta(days=1), now=NOW, by=world.counselor
    )
    with pytest.raises(GroupMoved):
        calendar.seat(world, stale)


def test_a_session_cannot_leave_its_seats_behind(world):
    planned = calendar.session(world)
    calendar.seat(world, planned)
    GroupSession.objects.filter(pk=planned.pk).update(
        starts_at=MEETING + timedelta(days=3), ends_at=MEETING + timedelta(days=3, hours=1)
    )
    with (
        pytest.raises(IntegrityError, match="stayed behind"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    GroupSession.objects.filter(pk=planned.pk).update(
        starts_at=planned.starts_at, ends_at=planned.ends_at
    )


def test_after_it_met(world):
    planned = calendar.session(world, starts_at=NOW + timedelta(minutes=1))
    there = calendar.seat(world, planned)
    absent = calendar.seat(world, planned, world.register("Second"))
    mark_arrived(appointment=there, now=NOW, by=world.front_desk)
    after = NOW + timedelta(hours=1)
    complete_group_session(session=planned, now=after, by=world.counselor)
    for row in (there, absent):
        row.refresh_from_db()
    assert (there.status, absent.status) == ("completed", "booked")


def test_seats_and_rooms_that_are_too_small(world):
    small = Room.objects.create(site=world.here, name="Cupboard")
    with pytest.raises(InvalidInput, match="capacity of 1"):
        calendar.session(world, room=small)
    world.visit_type = calendar.group_type(world)
    with pytest.raises(InvalidInput, match="group"):
        world.book(MEETING)


def test_a_seat_is_not_moved_alone(world):
    seat = calendar.seat(world, calendar.session(world))
    with pytest.raises(InvalidInput, match="seat in a group"):
        move_appointment(
            appointment=seat, starts_at=MEETING + timedelta(days=1), now=NOW, by=world.nurse
        )
