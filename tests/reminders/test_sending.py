"""Once, discreetly, and with a reason when not."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as some

from access.models import AuditEntry
from appointments.actions.booking import cancel_appointment, move_appointment
from appointments.enums import CancelledBy
from patients.actions.contacts import retire_contact_point
from patients.enums import ContactKind
from reminders import message_rendering, sending
from reminders.actions.reminders import send_again
from reminders.enums import ReminderStatus, SkipReason, Step
from reminders.errors import NotResendable
from reminders.gateways import GatewayRefused
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from reminders.pre_send_checks import check_before_send
from reminders.quiet_hours import waking_hour
from reminders.sending import LEASE, send_due_reminders
from tests.support.world import NOW, ZONE, make_world

IN_TWO_DAYS = NOW + timedelta(days=2)


# --- planning ------------------------------------------------------------------------------------


def test_each_allowed_channel_gets_one_reminder(world):
    world.reachable()
    world.reachable(kind=ContactKind.EMAIL)
    world.book(IN_TWO_DAYS)
    assert plan_due_reminders(now=NOW) == 2
    assert plan_due_reminders(now=NOW) == 0
    assert set(Reminder.objects.values_list("step", "channel")) == {
        ("three_days", "sms"),
        ("three_days", "email"),
    }


@pytest.mark.parametrize(
    ("ahead", "steps"),
    [
        (timedelta(days=4), []),
        (timedelta(days=3), [Step.THREE_DAYS]),
        (timedelta(days=1, minutes=1), [Step.THREE_DAYS]),
        (timedelta(days=1), [Step.ONE_DAY]),
        (timedelta(hours=3), [Step.ONE_DAY]),
        (timedelta(hours=1), []),
    ],
)
def test_a_visit_booked_late_gets_the_step_that_still_helps(world, ahead, steps):
    world.reachable()
    world.book(NOW + ahead)
    plan_due_reminders(now=NOW)
    assert list(Reminder.objects.values_list("step", flat=True)) == steps


def test_both_steps_over_the_days(world, gateway):
    world.reachable()
    world.book(NOW + timedelta(days=5))
    for hour in range(24 * 5):
        now = NOW + timedelta(hours=hour)
        plan_due_reminders(now=now)
        send_due_reminders(now=now)
    assert [text for _, text, _ in gateway.sent] == [gateway.sent[0][1]] * 2
    assert list(Reminder.objects.order_by("due_at").values_list("step", flat=True)) == [
        "three_days",
        "one_day",
    ]


def test_nobody_is_planned_for_without_their_leave(world):
    world.book(IN_TWO_DAYS)
    assert plan_due_reminders(now=NOW) == 0
    world.reachable()
    retire_contact_point(
        contact_point=world.patient.contact_points.get(), now=NOW, by=world.front_desk
    )
    assert plan_due_reminders(now=NOW) == 0


@given(some.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=some.just(UTC)))  # noqa: DTZ001
def test_no_planned_reminder_rings_at_night(moment):
    from zoneinfo import ZoneInfo

    woken = waking_hour(moment, ZONE).astimezone(ZoneInfo(ZONE))
    assert 8 <= woken.hour < 21
    assert timedelta(0) <= woken - moment <= timedelta(hours=12)


def test_planning_takes_the_same_queries_for_one_and_for_thirty(
    world, django_assert_max_num_queries
):
    for number in range(30):
        patient = world.register(f"Person{number}")
        world.reachable(patient)
        world.book(
            IN_TWO_DAYS + timedelta(minutes=45 * number), patient=patient, practitioner=world.nurse
        )
    # One for the rules, one for the last run, one for each step of each subject, two for the ways to these
    # patients, one to write.
    with django_assert_max_num_queries(22):
        assert plan_due_reminders(now=NOW) == 30 - sum(
            IN_TWO_DAYS + timedelta(minutes=45 * n) > NOW + timedelta(days=3) for n in range(30)
        )


# --- sending -------------------------------------------------------------------------------------


def test_a_reminder_goes_out_once_and_leaves_its_trail(due, gateway):
    assert send_due_reminders(now=NOW) == {"sent": 1}
    assert send_due_reminders(now=NOW) == {}
    assert len(gateway.sent) == 1
    assert gateway.sent[0][0] == "5550101234"
    row = Reminder.objects.get()
    assert row.body == gateway.sent[0][1]
    assert row.gateway_reference == f"recorded-{row.pk}-1"
    trail = AuditEntry.objects.get(action="reminder sent")
    assert (trail.actor_label, trail.patient_id) == ("reminders", row.patient_id)


def test_not_yet_due_is_not_sent(world, gateway):
    world.reachable()
    world.book(NOW + timedelta(days=3))
    plan_due_reminders(now=NOW)
    Reminder.objects.update(due_at=NOW + timedelta(minutes=1))
    assert send_due_reminders(now=NOW) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda world, visit: cancel_appointment(
                appointment=visit,
                cancelled_by=CancelledBy.PATIENT,
                reason="ill",
                now=NOW,
                by=world.nurse,
            ),
            SkipReason.CANCELLED,
        ),
        (
            lambda world, visit: move_appointment(
                appointment=visit, starts_at=NOW + timedelta(days=20), now=NOW, by=world.nurse
            ),
            SkipReason.MOVED,
        ),
        (
            lambda world, visit: retire_contact_point(
                contact_point=world.patient.contact_points.get(), now=NOW, by=world.nurse
            ),
            SkipReason.NO_CONTACT,
        ),
    ],
)
def test_the_world_is_looked_at_again_just_before(world, due, gateway, change, reason):
    change(world, due)
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == reason
    assert not gateway.sent


def test_a_channel_without_a_gateway_is_said_and_not_counted_as_sent(world, due, settings):
    settings.REMINDER_SMS_GATEWAY = "none"
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.NO_GATEWAY


def test_too_late_is_not_sent(due, gateway):
    assert send_due_reminders(now=IN_TWO_DAYS) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.TOO_LATE


def test_a_moved_visit_is_reminded_of_anew(world, due, gateway):
    send_due_reminders(now=NOW)
    move_appointment(
        appointment=due, starts_at=IN_TWO_DAYS + timedelta(hours=2), now=NOW, by=world.nurse
    )
    assert plan_due_reminders(now=NOW) == 1
    assert send_due_reminders(now=NOW) == {"sent": 1}


def test_a_refused_message_fails_with_what_the_gateway_said(world, due, gateway):
    gateway.failure = GatewayRefused("No such number.")
    assert send_due_reminders(now=NOW) == {"failed": 1}
    assert Reminder.objects.get().failure == "No such number."
    gateway.failure = None
    send_again(reminder=Reminder.objects.get(), now=NOW, by=world.front_desk)
    assert send_due_reminders(now=NOW) == {"sent": 1}
    with pytest.raises(NotResendable):
        send_again(reminder=Reminder.objects.get(), now=NOW, by=world.front_desk)


def test_no_clear_answer_is_uncertain_and_never_resent_by_itself(due, gateway):
    gateway.failure = TimeoutError()
    assert send_due_reminders(now=NOW) == {"uncertain": 1}
    assert send_due_reminders(now=NOW + timedelta(days=1)) == {}
    assert len(gateway.sent) == 1


def test_one_bad_row_stops_nobody_else(world, due, gateway, monkeypatch):
    second = world.register("Second")
    world.reachable(second)
    world.book(IN_TWO_DAYS, patient=second, practitioner=world.nurse)
    plan_due_reminders(now=NOW)
    real = message_rendering.compose

    def sometimes(*arguments):
        if not gateway.sent and Reminder.objects.filter(status="failed").count() == 0:
            raise KeyError("broken template")
        return real(*arguments)

    monkeypatch.setattr(sending, "compose", sometimes)
    assert send_due_reminders(now=NOW) == {"failed": 1, "sent": 1}


def test_a_worker_that_died_before_handing_over_loses_nothing(due, gateway):
    Reminder.objects.update(status=ReminderStatus.CLAIMED, claimed_at=NOW)
    assert send_due_reminders(now=NOW + LEASE) == {}
    assert send_due_reminders(now=NOW + LEASE + timedelta(seconds=1)) == {"sent": 1}


def test_a_claim_of_a_clock_that_has_gone_back_since_loses_nothing(due, gateway):
    Reminder.objects.update(status=ReminderStatus.CLAIMED, claimed_at=NOW + timedelta(hours=6))
    assert send_due_reminders(now=NOW) == {"sent": 1}


def test_a_worker_that_slept_past_its_lease_sends_nothing_twice(due, gateway, monkeypatch):
    """It holds a claim, sleeps; another takes the row up and sends it; the first wakes up."""
    real, later = check_before_send, NOW + LEASE + timedelta(seconds=1)

    def sleeps(reminder, *, now):
        verdict = real(reminder, now=now)
        if now == NOW:
            assert send_due_reminders(now=later) == {"sent": 1}
        return verdict

    monkeypatch.setattr(sending, "check_before_send", sleeps)
    send_due_reminders(now=NOW)
    assert len(gateway.sent) == 1
    assert Reminder.objects.get().status == ReminderStatus.SENT


def test_a_worker_that_died_while_handing_over_leaves_it_uncertain(due, gateway):
    Reminder.objects.update(status=ReminderStatus.CLAIMED, claimed_at=NOW, handed_over_at=NOW)
    send_due_reminders(now=NOW + LEASE + timedelta(seconds=1))
    assert Reminder.objects.get().status == ReminderStatus.UNCERTAIN
    assert not gateway.sent
    assert AuditEntry.objects.filter(action="reminder uncertain").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_and_many_due_each_goes_out_once(gateway):
    world = make_world()
    for number in range(60):
        patient = world.register(f"Person{number}")
        world.reachable(patient)
        world.book(
            NOW + timedelta(hours=25 + number), patient=patient, practitioner=world.nurse
        ) if number < 45 else world.book(NOW + timedelta(hours=25 + number - 45), patient=patient)
    planned = plan_due_reminders(now=NOW)

    def send(_: int) -> dict[str, int]:
        try:
            return send_due_reminders(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as workers:
        counts = sum((Counter(found) for found in workers.map(send, range(2))), Counter())
    assert counts == {"sent": planned}
    assert len({key for *_, key in gateway.sent}) == len(gateway.sent) == planned


def test_a_telling_site_name_never_leaves(world, due, gateway):
    world.here.neutral_name = "Harbor Methadone Clinic"
    world.here.save()
    assert send_due_reminders(now=NOW) == {"failed": 1}
    assert not gateway.sent
