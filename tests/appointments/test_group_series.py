"""Groups that meet again and again: nothing is left out in silence, and all goes or nothing."""

from datetime import date, time, timedelta

import pytest

from access.models import AuditEntry
from appointments.actions.booking import cancel_appointment
from appointments.actions.group_series import cancel_group_series, move_group_series
from appointments.actions.group_sessions import cancel_group_session, move_group_session
from appointments.enums import AppointmentStatus, CancelledBy, GroupStatus, SeriesReach
from appointments.errors import SeriesConflicts, WrongState
from appointments.group_seats import seats_ahead
from appointments.models import Appointment, AppointmentSeries, GroupSession, HeldTime, Room
from common.errors import InvalidInput, NotFound, NotPermitted
from common.time_zones import moment_of
from tests.support import calendar_world as calendar
from tests.support.calendar_world import FAR
from tests.support.world import NOW, World

WEEK = timedelta(days=7)


@pytest.fixture
def sessions(world: World) -> list[GroupSession]:
    return calendar.group_series(world, capacity=2)


def at(world: World, day: date, clock: time):
    return moment_of(day, clock, world.here.time_zone)


def taken(sessions: list[GroupSession]) -> list[int]:
    return [GroupSession.objects.get(pk=one.pk).seats_taken for one in sessions]


def test_a_seat_in_this_and_all_that_follow(world, sessions):
    seats = calendar.seats(world, sessions[1])
    assert taken(sessions) == [0, 1, 1, 1]
    assert len({seat.check_in_code for seat in seats}) == 3
    told = AuditEntry.objects.filter(action="book into group", patient_id=world.patient.pk)
    assert told.count() == 3


def test_where_it_is_full_or_the_patient_is_held_nothing_is_booked(world, sessions):
    for name in ("Second", "Third"):
        calendar.seat(world, sessions[1], world.register(name))
    world.book(sessions[3].starts_at, practitioner=world.nurse)
    with pytest.raises(SeriesConflicts) as refused:
        calendar.seats(world, sessions[0])
    assert [day for day, _ in refused.value.days] == [
        f"{FAR + WEEK:%-d %b %Y}",
        f"{FAR + 3 * WEEK:%-d %b %Y}",
    ]
    assert taken(sessions) == [0, 2, 0, 0]
    assert len(calendar.seats(world, sessions[0], leave_out=[FAR + WEEK, FAR + 3 * WEEK])) == 2
    assert taken(sessions) == [1, 2, 1, 0]


def test_who_sits_in_some_already_gets_the_others(world, sessions):
    calendar.seat(world, sessions[2])
    ahead = seats_ahead(session=sessions[0], patient=world.patient, now=NOW)
    assert [one.session.pk for one in ahead] == [sessions[n].pk for n in (0, 1, 3)]
    calendar.seats(world, sessions[0])
    assert taken(sessions) == [1, 1, 1, 1]
    with pytest.raises(InvalidInput, match="There is no session left"):
        calendar.seats(world, sessions[0])


def test_a_seat_that_was_given_back_can_be_had_again(world, sessions):
    seat = calendar.seats(world, sessions[0])[0]
    cancel_appointment(
        appointment=seat, cancelled_by=CancelledBy.PATIENT, reason="Shift", now=NOW, by=world.nurse
    )
    assert len(calendar.seats(world, sessions[0])) == 1
    assert taken(sessions) == [1, 1, 1, 1]


def test_looking_ahead_costs_the_same_however_long(world, django_assert_num_queries):
    long = calendar.group_series(world, rule="FREQ=WEEKLY;COUNT=40", starts_time=time(16))
    with django_assert_num_queries(2):
        assert len(seats_ahead(session=long[0], patient=world.patient, now=NOW)) == 40


def test_cancelled_sessions_and_those_of_another_site_have_no_seats(world, sessions):
    cancel_group_session(session=sessions[1], reason="Ill", now=NOW, by=world.front_desk)
    assert len(calendar.seats(world, sessions[0])) == 3
    with pytest.raises(NotFound):
        calendar.seats(world, sessions[0], world.other_patient)


def test_one_by_itself_is_no_series(world):
    alone = calendar.session(world)
    with pytest.raises(InvalidInput, match="does not repeat"):
        calendar.seats(world, alone)
    with pytest.raises(InvalidInput, match="does not repeat"):
        cancel_group_series(
            session=alone, reach=SeriesReach.ALL, reason="Ill", now=NOW, by=world.front_desk
        )


def moved(world: World, session: GroupSession, reach=SeriesReach.FOLLOWING, **more):
    return move_group_series(session=session, reach=reach, now=NOW, by=world.front_desk, **more)


def test_this_and_all_that_follow_move_with_everybody_in_them(world, sessions):
    seats = calendar.seats(world, sessions[0])
    new = moved(world, sessions[2], starts_time=time(16), days_later=1)
    assert new.pk != sessions[0].series_id
    for session in sessions:
        session.refresh_from_db()
    assert [one.starts_at for one in sessions] == [
        at(world, FAR, time(14)),
        at(world, FAR + WEEK, time(14)),
        at(world, FAR + 2 * WEEK + timedelta(days=1), time(16)),
        at(world, FAR + 3 * WEEK + timedelta(days=1), time(16)),
    ]
    for seat, session in zip(seats, sessions, strict=True):
        seat.refresh_from_db()
        assert (seat.starts_at, seat.ends_at) == (session.starts_at, session.ends_at)
    assert [seat.version for seat in seats] == [1, 1, 2, 2]
    old = AppointmentSeries.objects.get(pk=sessions[0].series_id)
    assert old.ends_before == FAR + 2 * WEEK
    assert HeldTime.objects.count() == 4


def test_by_a_day_they_pass_each_other(world):
    daily = calendar.group_series(world, rule="FREQ=WEEKLY;BYDAY=MO,TU,WE;COUNT=6")
    calendar.seats(world, daily[0])
    begins = [one.starts_at for one in daily]
    moved(world, daily[0], SeriesReach.ALL, days_later=1)
    for one in daily:
        one.refresh_from_db()
    assert [one.starts_at for one in daily] == [moment + timedelta(days=1) for moment in begins]


def test_another_practitioner_and_room_for_all(world, sessions):
    calendar.seats(world, sessions[0])
    room = Room.objects.create(site=world.here, name="Large", capacity=10)
    small = Room.objects.create(site=world.here, name="Small", capacity=1)
    with pytest.raises(InvalidInput, match="capacity of 1"):
        moved(world, sessions[0], SeriesReach.ALL, room=small)
    moved(world, sessions[0], SeriesReach.ALL, practitioner=world.nurse, room=room)
    held = HeldTime.objects.values_list("practitioner_id", "room_id").distinct()
    assert list(held) == [(world.nurse.pk, room.pk)]
    seats = Appointment.objects.values_list("practitioner_id", "room_id").distinct()
    assert list(seats) == [(world.nurse.pk, room.pk)]


def test_where_a_member_is_held_elsewhere_nobody_moves(world, sessions):
    calendar.seats(world, sessions[0])
    world.book(at(world, FAR + WEEK, time(16)), practitioner=world.nurse)
    with pytest.raises(SeriesConflicts) as refused:
        moved(world, sessions[0], SeriesReach.ALL, starts_time=time(16))
    assert [day for day, _ in refused.value.days] == [f"{FAR + WEEK:%-d %b %Y}"]
    assert {seat.version for seat in Appointment.objects.exclude(group_session=None)} == {1}


def test_what_was_moved_by_itself_stays(world, sessions):
    elsewhere = at(world, FAR + WEEK, time(11))
    move_group_session(session=sessions[1], starts_at=elsewhere, now=NOW, by=world.front_desk)
    moved(world, sessions[0], SeriesReach.ALL, starts_time=time(16))
    sessions[1].refresh_from_db()
    assert sessions[1].starts_at == elsewhere
    sessions[2].refresh_from_db()
    assert sessions[2].starts_at == at(world, FAR + 2 * WEEK, time(16))


def test_this_and_all_that_follow_are_cancelled_with_every_seat(world, sessions):
    calendar.seats(world, sessions[0])
    cancel_group_series(
        session=sessions[2],
        reach=SeriesReach.FOLLOWING,
        reason="The room is gone",
        now=NOW,
        by=world.front_desk,
    )
    statuses = GroupSession.objects.order_by("series_date").values_list("status", flat=True)
    assert list(statuses) == [GroupStatus.PLANNED] * 2 + [GroupStatus.CANCELLED] * 2
    seats = Appointment.objects.order_by("starts_at").values_list("status", flat=True)
    assert list(seats) == [AppointmentStatus.BOOKED] * 2 + [AppointmentStatus.CANCELLED] * 2
    assert taken(sessions) == [1, 1, 0, 0]
    with pytest.raises(WrongState):
        cancel_group_series(
            session=sessions[2],
            reach=SeriesReach.ALL,
            reason="Again",
            now=NOW,
            by=world.front_desk,
        )


def test_who_may_not_book_moves_and_cancels_nothing(world, sessions):
    with pytest.raises((NotPermitted, NotFound)):
        move_group_series(
            session=sessions[0],
            reach=SeriesReach.ALL,
            starts_time=time(16),
            now=NOW,
            by=world.privacy_officer,
        )
