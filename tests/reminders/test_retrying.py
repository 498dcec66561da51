"""An outage loses nothing, hammers nothing, and holds up nobody else."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from access.models import AuditEntry
from clinic.celery import app
from patients.enums import ContactKind
from reminders import job_health, sending, tasks
from reminders.actions.reminders import send_again
from reminders.enums import ReminderStatus
from reminders.gateways import GatewayRefused, GatewayUnavailable, TryLater
from reminders.models import Reminder
from reminders.planning import LAST_USEFUL, plan_due_reminders
from reminders.retry_policy import BACKOFF
from reminders.sending import LEFT, LONGEST_RUN_SECONDS, PUT_OFF, send_due_reminders
from tests.reminders.conftest import IN_TWO_DAYS
from tests.support.world import NOW

MINUTE = timedelta(minutes=1)
DOWN = GatewayUnavailable("The mail server cannot be used (gaierror).")


def fill(world, count, kinds=(ContactKind.PHONE,)):
    """`count` patients with a visit in two days, one reminder due for each way to reach them."""
    for number in range(count):
        patient = world.register(f"Person{number}")
        for kind in kinds:
            world.reachable(patient, kind=kind)
        by_whom = world.nurse if number % 2 else world.counselor
        world.book(
            IN_TWO_DAYS + timedelta(minutes=45 * (number // 2)),
            patient=patient,
            practitioner=by_whom,
        )
    return plan_due_reminders(now=NOW)


def statuses():
    return set(Reminder.objects.values_list("status", "claimed_at", "handed_over_at"))


# --- one reminder --------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [DOWN, TryLater("The mail server asks to try later (451).")])
def test_what_was_not_taken_is_due_again(due, gateway, problem):
    gateway.failure = problem
    assert send_due_reminders(now=NOW) == {PUT_OFF: 1}
    row = Reminder.objects.get()
    assert (row.status, row.claimed_at, row.handed_over_at, row.finished_at) == (
        ReminderStatus.DUE,
        None,
        None,
        None,
    )
    assert (row.attempts, row.failure, row.due_at) == (1, str(problem), NOW + BACKOFF[0])
    gateway.failure = None
    assert send_due_reminders(now=row.due_at) == {"sent": 1}
    row.refresh_from_db()
    assert (row.attempts, row.failure) == (2, "")


def test_it_waits_longer_each_time(due, gateway):
    gateway.failure, now, waits = DOWN, NOW, []
    for _ in range(8):
        assert send_due_reminders(now=now) == {PUT_OFF: 1}
        assert send_due_reminders(now=now) == {}
        row = Reminder.objects.get()
        waits.append((row.due_at - now) // MINUTE)
        now = row.due_at
    assert waits == [1, 2, 5, 10, 20, 30, 30, 30]
    assert Reminder.objects.get().attempts == 8


def test_an_outage_of_two_days_ends_with_what_the_gateway_said(due, gateway):
    """Not merely "too late": staff must see that the mail server was the reason."""
    gateway.failure, now = DOWN, NOW
    while Reminder.objects.filter(status="due").exists():
        send_due_reminders(now=now)
        now += 30 * MINUTE
    row = Reminder.objects.get()
    assert (row.status, row.failure) == (ReminderStatus.FAILED, str(DOWN))
    # While there is still time to call.
    assert row.finished_at is not None
    assert row.finished_at <= IN_TWO_DAYS - LAST_USEFUL
    assert AuditEntry.objects.filter(action__startswith="reminder ").count() == 1


def test_tried_in_time_and_found_too_late_says_what_the_gateway_said(due, gateway):
    gateway.failure = DOWN
    send_due_reminders(now=NOW)
    # Nobody was here for two days.
    assert send_due_reminders(now=IN_TWO_DAYS - MINUTE) == {"failed": 1}
    assert Reminder.objects.get().failure == str(DOWN)


def test_the_key_stays_until_a_person_asks_for_another_message(world, due, gateway):
    gateway.failure = DOWN
    send_due_reminders(now=NOW)
    gateway.failure = TimeoutError()
    send_due_reminders(now=NOW + MINUTE)
    gateway.failure = None
    send_again(reminder=Reminder.objects.get(), now=NOW + 2 * MINUTE, by=world.front_desk)
    send_due_reminders(now=NOW + 2 * MINUTE)
    number = Reminder.objects.get().pk
    assert [key for *_, key in gateway.sent] == [f"{number}-1", f"{number}-1", f"{number}-2"]


def test_words_of_any_length_are_kept_as_far_as_they_fit(world, due, gateway):
    gateway.failure = GatewayRefused("no " * 200)
    assert send_due_reminders(now=NOW) == {"failed": 1}
    send_again(reminder=Reminder.objects.get(), now=NOW, by=world.front_desk)
    gateway.failure = GatewayUnavailable("no " * 200)
    assert send_due_reminders(now=NOW) == {PUT_OFF: 1}


# --- many ----------------------------------------------------------------------------------------


def test_a_gateway_that_is_down_is_asked_once_a_run(world, gateway):
    assert fill(world, 6) == 6
    gateway.failure = DOWN
    assert send_due_reminders(now=NOW) == {PUT_OFF: 1}
    assert len(gateway.sent) == 1
    assert statuses() == {("due", None, None)}
    gateway.failure = None
    assert send_due_reminders(now=NOW) == {"sent": 5}
    assert send_due_reminders(now=NOW + MINUTE) == {"sent": 1}


def test_the_other_channel_goes_on(world, gateways, clock):
    """Although waiting for the one that is down takes as long as a whole run."""
    assert fill(world, 4, kinds=(ContactKind.EMAIL, ContactKind.PHONE)) == 8
    for one in gateways.values():
        one.pass_time = clock.pass_time
    gateways["email"].failure, gateways["email"].takes_seconds = DOWN, LONGEST_RUN_SECONDS
    assert send_due_reminders(now=NOW) == {PUT_OFF: 1, "sent": 4}
    assert len(gateways["email"].sent) == 1
    assert set(Reminder.objects.filter(status="sent").values_list("channel", flat=True)) == {"sms"}


def test_one_message_that_must_wait_holds_up_no_other(world, gateway):
    fill(world, 4)
    gateway.failure = TryLater("The mail server asks to try later (450).")
    assert send_due_reminders(now=NOW) == {PUT_OFF: 4}
    assert len(gateway.sent) == 4


def test_a_run_ends_in_time_and_gives_back_what_it_has_not_begun(world, gateway, clock):
    fill(world, 6)
    gateway.pass_time, gateway.takes_seconds = clock.pass_time, LONGEST_RUN_SECONDS / 2
    assert send_due_reminders(now=NOW) == {"sent": 2, LEFT: 4}
    assert len(gateway.sent) == 2
    assert clock.seconds == LONGEST_RUN_SECONDS
    assert Reminder.objects.filter(status="due", claimed_at=None).count() == 4
    assert send_due_reminders(now=NOW) == {"sent": 2, LEFT: 2}
    assert send_due_reminders(now=NOW) == {"sent": 2}


def test_a_run_and_one_message_take_less_than_the_task_may():
    """The slowest message: a dozen answers, each just before the timeout of the line."""
    from django.conf import settings

    longest = LONGEST_RUN_SECONDS + 12 * settings.EMAIL_TIMEOUT
    assert longest < settings.CELERY_TASK_SOFT_TIME_LIMIT


# --- what is no row's fault ----------------------------------------------------------------------


def test_a_database_that_goes_away_fails_no_row(world, gateway, monkeypatch):
    fill(world, 3)

    def gone(reminder, *, now):
        raise OperationalError("the connection was closed")

    monkeypatch.setattr(sending, "check_before_send", gone)
    with pytest.raises(OperationalError):
        send_due_reminders(now=NOW)
    assert statuses() == {("due", None, None)}


def test_the_workers_own_limit_of_time_fails_no_row(world, gateway, clock, monkeypatch):
    """Celery raises it wherever the task is just then; it is an ordinary Exception."""
    from celery.exceptions import SoftTimeLimitExceeded

    fill(world, 3)

    def stuck(reminder, *, now):
        clock.pass_time(270)
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(sending, "check_before_send", stuck)
    with pytest.raises(SoftTimeLimitExceeded):
        send_due_reminders(now=NOW)
    assert statuses() == {("due", None, None)}


def test_the_limit_while_a_message_is_handed_over_leaves_it_uncertain(due, gateway, clock):
    from celery.exceptions import SoftTimeLimitExceeded

    gateway.pass_time, gateway.takes_seconds = clock.pass_time, 270
    gateway.failure = SoftTimeLimitExceeded()
    assert send_due_reminders(now=NOW) == {"uncertain": 1}


# --- the next run --------------------------------------------------------------------------------


@pytest.fixture
def asked_for(monkeypatch):
    """How often the next run was asked for."""
    asked: list[str] = []
    monkeypatch.setattr(tasks.send_reminders, "delay", lambda: asked.append("send"))
    return asked


@pytest.mark.parametrize(
    ("counts", "next_runs"), [({"sent": 3, LEFT: 2}, 1), ({"sent": 3}, 0), ({PUT_OFF: 1}, 0)]
)
def test_a_run_that_leaves_something_asks_for_the_next(
    db, asked_for, monkeypatch, counts, next_runs
):
    monkeypatch.setattr(tasks, "send_due_reminders", lambda now: counts)
    tasks.send_reminders()
    assert len(asked_for) == next_runs
    assert job_health.job_health(now=NOW)[1].counts == counts


def test_what_waits_for_a_gateway_that_is_down_asks_for_no_run(world, gateway, clock):
    fill(world, 3)
    gateway.failure, gateway.pass_time = DOWN, clock.pass_time
    gateway.takes_seconds = 3 * LONGEST_RUN_SECONDS
    assert send_due_reminders(now=NOW) == {PUT_OFF: 1}


def test_sending_waits_in_a_queue_of_its_own():
    """Whatever waits there keeps heartbeats, planning and seals from no free process."""
    queues = {
        entry["task"]: app.amqp.router.route({}, entry["task"])["queue"].name
        for entry in app.conf.beat_schedule.values()
    }
    assert queues.pop("reminders.send") == "sending"
    assert "sending" not in queues.values()
    assert set(queues.values()) < set(app.amqp.queues.consume_from)
