"""Nobody is in two places at once, however many ask at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, connections, transaction

from appointments.actions.booking import cancel_appointment, confirm_appointment, move_appointment
from appointments.actions.check_in import complete_appointment, mark_arrived
from appointments.actions.no_shows import mark_no_show
from appointments.availability import free_times
from appointments.enums import AppointmentStatus, CancelledBy, MissReason
from appointments.errors import InThePast, PatientBusy, SlotTaken, TooEarly, WrongState
from appointments.models import Appointment
from appointments.queries import day_schedule
from common.errors import DomainError, InvalidInput, NotFound
from common.time_zones import day_bounds, moment_of
from tests.support.world import NOW, TODAY, ZONE, make_world

LATER = NOW + timedelta(days=2)


def test_the_practitioner_s_time_is_taken(world):
    world.book(LATER)
    somebody = world.register("Second")
    with pytest.raises(SlotTaken):
        world.book(LATER + timedelta(minutes=44), patient=somebody)
    assert world.book(LATER + timedelta(minutes=45), patient=somebody)


def test_the_patient_is_busy_elsewhere(world):
    world.book(LATER)
    with pytest.raises(PatientBusy):
        world.book(LATER, practitioner=world.nurse)


def test_a_cancelled_time_is_free_again(world):
    first = world.book(LATER)
    cancel_appointment(
        appointment=first, cancelled_by=CancelledBy.PATIENT, reason="Shift", now=NOW, by=world.nurse
    )
    assert world.book(LATER)


def test_the_database_itself_refuses_the_overlap(world):
    first = world.book(LATER)
    with pytest.raises(IntegrityError, match="once_at_a_time"), transaction.atomic():
        Appointment.objects.create(
            patient=world.register("Second"),
            site=first.site,
            type=first.type,
            practitioner=first.practitioner,
            starts_at=LATER + timedelta(minutes=1),
            ends_at=LATER + timedelta(minutes=2),
            held_since=NOW,
            recorded_at=NOW,
        )


def test_moving_raises_the_version_and_keeps_the_length(world):
    first = world.book(LATER)
    moved = move_appointment(
        appointment=first, starts_at=LATER + timedelta(days=1), now=NOW, by=world.nurse
    )
    assert moved.version == 2
    assert moved.ends_at - moved.starts_at == timedelta(minutes=45)


def test_moving_onto_a_taken_time_changes_nothing(world):
    world.book(LATER)
    second = world.book(LATER + timedelta(days=1), patient=world.register("Second"))
    with pytest.raises(SlotTaken):
        move_appointment(appointment=second, starts_at=LATER, now=NOW, by=world.nurse)
    second.refresh_from_db()
    assert (second.starts_at, second.version) == (LATER + timedelta(days=1), 1)


def test_the_way_of_a_visit(world):
    visit = world.book(LATER)
    confirm_appointment(appointment=visit, now=NOW, by=world.nurse)
    mark_arrived(appointment=visit, now=LATER, by=world.front_desk)
    complete_appointment(appointment=visit, now=LATER, by=world.counselor)
    assert visit.status == AppointmentStatus.COMPLETED
    with pytest.raises(WrongState):
        cancel_appointment(
            appointment=visit,
            cancelled_by=CancelledBy.CLINIC,
            reason="late",
            now=LATER,
            by=world.nurse,
        )


def test_nobody_is_checked_in_for_another_day(world):
    morning = moment_of(TODAY + timedelta(days=2), time(9), ZONE)
    visit = world.book(morning)
    for hours in (-60 * 24, -13, 16):
        with pytest.raises(TooEarly):
            mark_arrived(
                appointment=visit, now=morning + timedelta(hours=hours), by=world.front_desk
            )
    mark_arrived(appointment=visit, now=morning - timedelta(hours=8), by=world.front_desk)


def test_midnight_does_not_come_between_a_patient_and_the_desk(world):
    visit = world.book(moment_of(TODAY + timedelta(days=2), time(0, 30), ZONE))
    near = visit.starts_at - timedelta(hours=1)
    assert mark_arrived(appointment=visit, now=near, by=world.front_desk).status == "arrived"


@pytest.mark.parametrize("who", ["system_administrator", "front_desk", "privacy_officer"])
def test_a_visit_is_with_somebody_who_sees_patients(world, who):
    with pytest.raises(InvalidInput, match="does not offer this visit type"):
        world.book(LATER, practitioner=getattr(world, who))


def test_a_kind_of_visit_that_is_not_offered_is_not_booked(world):
    world.visit_type.is_active = False
    with pytest.raises(InvalidInput, match="no longer in use"):
        world.book(LATER)


def test_a_stale_copy_cannot_undo_what_happened(world):
    visit = world.book(LATER)
    stale = Appointment.objects.get(pk=visit.pk)
    mark_arrived(appointment=visit, now=LATER, by=world.front_desk)
    with pytest.raises(WrongState):
        confirm_appointment(appointment=stale, now=NOW, by=world.front_desk)


def test_no_show_only_after_the_time(world):
    visit = world.book(LATER)
    with pytest.raises(InvalidInput):
        mark_no_show(appointment=visit, now=NOW, by=world.nurse)
    mark_no_show(
        appointment=visit, reason=MissReason.FORGOT, now=LATER + timedelta(hours=1), by=world.nurse
    )
    assert visit.get_miss_reason_display() == "Forgot"


def test_not_in_the_past_and_only_with_who_works_here(world):
    with pytest.raises(InThePast):
        world.book(NOW - timedelta(minutes=1))
    with pytest.raises(InvalidInput):
        world.book(LATER, practitioner=world.stranger)
    with pytest.raises(NotFound):
        world.book(LATER, patient=world.other_patient)


def test_free_times_leave_out_both_people_s_visits(world):
    at_ten = moment_of(TODAY + timedelta(days=1), time(10), ZONE)
    world.book(at_ten)
    world.book(at_ten + timedelta(hours=2), practitioner=world.nurse)
    found = free_times(
        patient=world.patient,
        site=world.here,
        type=world.visit_type,
        practitioners=[world.counselor],
        from_date=TODAY + timedelta(days=1),
        until_date=TODAY + timedelta(days=2),
        now=NOW,
    )
    clocks = {f"{one.starts_at.astimezone(ZoneInfo(ZONE)):%H:%M}" for one in found}
    assert {"09:15", "10:45", "12:45"} <= clocks
    assert not {"09:30", "10:00", "10:30", "11:30", "12:00"} & clocks
    assert max(clocks) == "17:15"


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 1), 24)]
)
def test_days_are_as_long_as_the_zone_makes_them(day, hours):
    begins, ends = day_bounds(day, ZONE)
    assert (ends.timestamp() - begins.timestamp()) / 3600 == hours


def test_the_day_s_schedule_is_one_query(world, django_assert_num_queries):
    for hour in range(4):
        world.book(moment_of(TODAY, time(11 + hour), ZONE))
    world.nurse.role_assignments.count()
    from access.authz.policy import sites_with_permission
    from access.enums import Permission

    sites_with_permission(world.nurse, Permission.SEE_SCHEDULE)
    with django_assert_num_queries(1):
        rows = day_schedule(site=world.here, day=TODAY, user=world.nurse)
        assert [str(row.patient) for row in rows]
    assert len(rows) == 4
    assert not day_schedule(site=world.here, day=TODAY, user=world.stranger)


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_for_one_slot():
    world = make_world()
    people = [world.register(f"Person{number}") for number in range(50)]

    def try_to_book(patient) -> str:
        try:
            world.book(LATER, patient=patient)
            return "booked"
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as desks:
        answers = list(desks.map(try_to_book, people))
    assert answers.count("booked") == 1
    assert answers.count("slot_taken") == 49


@pytest.mark.django_db(transaction=True)
def test_a_patient_s_two_bookings_at_once_with_crossed_practitioners():
    """Locks are taken in one order, so crossing requests queue up instead of deadlocking."""
    world = make_world()
    people = [world.patient, world.register("Second")]
    pairs = [(people[n % 2], [world.counselor, world.nurse][n // 2 % 2]) for n in range(24)]

    def try_to_book(pair) -> str:
        try:
            world.book(LATER, patient=pair[0], practitioner=pair[1])
            return "booked"
        except DomainError as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as desks:
        answers = list(desks.map(try_to_book, pairs))
    assert answers.count("booked") == 2
    assert set(answers) <= {"booked", "slot_taken", "patient_busy"}


def test_local_midnight_belongs_to_the_new_day():
    begins, _ = day_bounds(date(2026, 3, 3), ZONE)
    assert begins == datetime(2026, 3, 3, tzinfo=ZoneInfo(ZONE))


def test_the_database_keeps_a_visit_where_its_patient_is(world):
    visit = world.book(NOW + timedelta(days=1))
    Appointment.objects.filter(pk=visit.pk).update(site=world.there)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    Appointment.objects.filter(pk=visit.pk).update(site=world.here)


def test_who_comes_late_and_was_given_up_is_checked_in_after_all(world):
    visit = world.book(NOW + timedelta(minutes=5))
    later = NOW + timedelta(minutes=30)
    mark_no_show(appointment=visit, reason=MissReason.FORGOT, now=later, by=world.front_desk)
    mark_arrived(appointment=visit, now=later, by=world.front_desk)
    assert (visit.status, visit.miss_reason) == (AppointmentStatus.ARRIVED, "")


def test_who_comes_late_finds_the_time_given_to_somebody_else(world):
    visit = world.book(NOW + timedelta(minutes=20))
    Appointment.objects.filter(pk=visit.pk).update(status=AppointmentStatus.NO_SHOW)
    world.book(visit.starts_at, patient=world.register("Santos"))
    with pytest.raises(SlotTaken):
        mark_arrived(appointment=visit, now=NOW, by=world.front_desk)
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.NO_SHOW


def test_a_visit_is_not_moved_to_somebody_who_has_left(world):
    visit = world.book(NOW + timedelta(days=1))
    world.counselor.is_active = False
    world.counselor.save()
    with pytest.raises(InvalidInput):
        move_appointment(
            appointment=visit,
            starts_at=NOW + timedelta(days=2),
            now=NOW,
            by=world.front_desk,
        )


def test_a_visit_is_named_by_its_day_at_the_site(world):
    evening = moment_of(TODAY + timedelta(days=1), time(20), ZONE)
    assert str(world.book(evening)) == "Counseling of 4 Mar 2026"
