"""Just before sending: nobody at night, nobody too late, nobody who has left or died."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from access.models import AuditEntry
from appointments.models import Appointment
from patients.actions.contacts import retire_contact_point
from patients.actions.discharges import discharge
from patients.actions.findings import record_event
from patients.enums import DischargeReason, EventKind
from patients.models import Episode
from reminders import sending
from reminders.actions.reminders import send_again
from reminders.enums import ReminderStatus, SkipReason
from reminders.gateways import GatewayRefused
from reminders.models import Reminder
from reminders.planning import LAST_USEFUL, plan_due_reminders
from reminders.sending import _claim, send_due_reminders
from tests.reminders.conftest import IN_TWO_DAYS
from tests.support.world import NOW, TODAY, ZONE

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(clock_time, *, day=TODAY):
    return datetime.combine(day, clock_time, tzinfo=ZoneInfo(ZONE))


def skipped_for():
    row = Reminder.objects.get()
    assert row.status == ReminderStatus.SKIPPED
    return row.skip_reason


# --- at night ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "woken"),
    [
        (at(time(21, 0)), at(time(8), day=TODAY + timedelta(days=1))),
        (at(time(7, 59, 59)), at(time(8))),
        (at(time(3)), at(time(8))),
    ],
)
def test_what_was_not_sent_by_night_waits_for_the_morning(world, gateway, now, woken):
    world.reachable()
    world.book(now + timedelta(days=2), now=now - HOUR)
    plan_due_reminders(now=now - HOUR)
    Reminder.objects.update(due_at=now - HOUR)
    assert send_due_reminders(now=now) == {"put off": 1}
    row = Reminder.objects.get()
    assert (row.status, row.due_at, row.claimed_at) == (ReminderStatus.DUE, woken, None)
    assert send_due_reminders(now=woken - MINUTE) == {}
    assert send_due_reminders(now=woken) == {"sent": 1}


def test_the_last_minute_of_the_evening_is_not_night(due, gateway):
    assert send_due_reminders(now=at(time(20, 59, 59))) == {"sent": 1}


def test_a_visit_booked_or_moved_at_night_is_told_in_the_morning(world, gateway):
    night = at(time(22))
    world.reachable()
    world.book(night + timedelta(days=2), now=night)
    plan_due_reminders(now=night)
    assert send_due_reminders(now=night + 14 * MINUTE) == {}
    Reminder.objects.update(due_at=night)
    assert send_due_reminders(now=night + 14 * MINUTE) == {"put off": 1}
    morning = at(time(8)) + timedelta(days=1)
    assert send_due_reminders(now=morning) == {"sent": 1}


def test_sent_again_at_night_it_waits_for_the_morning(world, due, gateway):
    gateway.failure = GatewayRefused("No such number.")
    send_due_reminders(now=NOW)
    gateway.failure = None
    send_again(reminder=Reminder.objects.get(), now=at(time(23)), by=world.front_desk)
    assert send_due_reminders(now=at(time(23, 1))) == {"put off": 1}
    assert send_due_reminders(now=at(time(8), day=TODAY + timedelta(days=1))) == {"sent": 1}


def test_a_morning_too_near_the_visit_is_no_time_to_wait_for(world, gateway):
    world.reachable()
    world.book(at(time(9), day=TODAY + timedelta(days=1)))
    plan_due_reminders(now=NOW)
    assert send_due_reminders(now=at(time(22))) == {"skipped": 1}
    assert skipped_for() == SkipReason.TOO_LATE


# --- too late ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("early", "outcome"), [(timedelta(0), "sent"), (MINUTE, "skipped")])
def test_closer_than_two_hours_it_is_too_late(due, gateway, early, outcome):
    assert send_due_reminders(now=IN_TWO_DAYS - LAST_USEFUL + early) == {outcome: 1}
    assert len(gateway.sent) == (outcome == "sent")


def test_sent_again_too_late_it_says_so(world, due, gateway):
    gateway.failure = GatewayRefused("No such number.")
    send_due_reminders(now=NOW)
    late = IN_TWO_DAYS - HOUR
    send_again(reminder=Reminder.objects.get(), now=late, by=world.front_desk)
    assert send_due_reminders(now=late) == {"skipped": 1}
    assert skipped_for() == SkipReason.TOO_LATE


# --- who left ------------------------------------------------------------------------------------


def leave(world, episode, reason=DischargeReason.DROPPED_OUT, days_ago=0, now=NOW):
    discharge(
        episode=episode,
        discharge_date=TODAY - timedelta(days=days_ago),
        reason=reason,
        now=now,
        by=world.prescriber,
    )


def test_who_left_care_after_booking_is_not_written_to(world, gateway):
    episode = world.admit()
    world.reachable()
    world.book(IN_TWO_DAYS, now=NOW - timedelta(days=5))
    plan_due_reminders(now=NOW)
    leave(world, episode)
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert skipped_for() == SkipReason.DISCHARGED


def test_a_visit_booked_after_leaving_is_a_way_back(world, gateway):
    leave(world, world.admit(), days_ago=3)
    world.reachable()
    world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)
    assert send_due_reminders(now=NOW) == {"sent": 1}


def test_booked_and_discharged_on_one_day_is_left(world, gateway):
    episode = world.admit()
    world.reachable()
    world.book(IN_TWO_DAYS, now=NOW)
    leave(world, episode, now=NOW + HOUR)
    plan_due_reminders(now=NOW + HOUR)
    assert send_due_reminders(now=NOW + HOUR) == {"skipped": 1}
    assert skipped_for() == SkipReason.DISCHARGED


def test_discharged_and_booked_on_one_day_is_a_way_back(world, gateway):
    leave(world, world.admit(), now=NOW)
    world.reachable()
    world.book(IN_TWO_DAYS, now=NOW + HOUR)
    plan_due_reminders(now=NOW + HOUR)
    assert send_due_reminders(now=NOW + HOUR) == {"sent": 1}


def test_where_the_trail_does_not_know_the_hour_one_day_counts_as_left(world, gateway):
    episode = world.admit()
    # As an import writes it: no action, so no row "discharge".
    Episode.objects.filter(pk=episode.pk).update(
        discharge_date=TODAY, discharge_reason=DischargeReason.TRANSFERRED
    )
    assert not AuditEntry.objects.filter(action="discharge").exists()
    world.reachable()
    world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)
    assert send_due_reminders(now=NOW) == {"skipped": 1}


def test_the_remedy_that_the_reason_names_works(world, gateway):
    """Moved after the discharge, the visit is reminded of."""
    from appointments.actions.booking import move_appointment

    test_booked_and_discharged_on_one_day_is_left(world, gateway)
    later = NOW + 2 * HOUR
    move_appointment(
        appointment=Appointment.objects.get(),
        starts_at=IN_TWO_DAYS + HOUR,
        now=later,
        by=world.front_desk,
    )
    assert plan_due_reminders(now=later) == 1
    assert send_due_reminders(now=later) == {"sent": 1}


def test_nobody_writes_to_who_was_discharged_dead(world, gateway):
    leave(world, world.admit(), DischargeReason.DEATH, days_ago=3)
    world.reachable()
    world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert skipped_for() == SkipReason.DIED


def test_nobody_writes_to_whose_death_is_on_record(world, due, gateway):
    """No episode, or an open one: somebody has to find the time to discharge the dead."""
    world.admit()
    record_event(
        patient=world.patient, kind=EventKind.DEATH, occurred_date=TODAY, now=NOW, by=world.nurse
    )
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert skipped_for() == SkipReason.DIED
    assert not gateway.sent


def test_an_overdose_is_not_a_death(world, due, gateway):
    record_event(
        patient=world.patient,
        kind=EventKind.OVERDOSE,
        occurred_date=TODAY,
        now=NOW,
        by=world.nurse,
    )
    assert send_due_reminders(now=NOW) == {"sent": 1}


# --- who said no meanwhile -----------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"is_active": False}, {"may_send_messages": False}])
def test_a_no_said_while_the_batch_was_on_its_way_counts(world, due, gateway, monkeypatch, change):
    """The row was claimed when messages were still allowed."""
    claim = _claim

    def claim_and_then(run):
        rows = claim(run)
        world.patient.contact_points.update(**change)
        return rows

    monkeypatch.setattr(sending, "_claim", claim_and_then)
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert skipped_for() == SkipReason.NO_CONTACT
    assert not gateway.sent


def test_who_leaves_no_number_gets_no_message(world, due, gateway):
    retire_contact_point(
        contact_point=world.patient.contact_points.get(), now=NOW, by=world.front_desk
    )
    assert send_due_reminders(now=NOW) == {"skipped": 1}
