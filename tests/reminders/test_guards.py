"""What keeps a message from going out twice or never: each guard by itself, on the real database.

Decision 5 has the list of guards, each with the test here that fails without it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

import pytest
from django.db import connection, connections, transaction

from access.models import AuditEntry
from reminders import planning, sending
from reminders.actions.reminders import send_again
from reminders.enums import Channel, ReminderStatus, SkipReason
from reminders.message_templates import Wording
from reminders.models import Reminder
from reminders.planning import _ways_to, plan_due_reminders
from reminders.pre_send_checks import Defer, Skip, check_before_send
from reminders.sending import (
    LEASE,
    _claim,
    _Run,
    _work_through,
    release_dead_claims,
    send_due_reminders,
)
from tests.reminders.test_retrying import fill
from tests.support.world import NOW, World, make_world

SECOND = timedelta(seconds=1)
LATER = NOW + LEASE + SECOND
PATIENCE = 30
WORKERS, ROUNDS, ROWS = 6, 10, 5


def in_a_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """With a connection of its own, which is closed at the end."""

    def alone() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return alone


def run_at(now: Any, world: World) -> Any:
    return _Run(now=now, actor=world.nurse, gateways={}, wording=Wording(), started=0.0)


# --- several workers, the same few rows ------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_who_claims_neither_takes_nor_waits_for_what_another_is_taking():
    """While the first one's claim is not committed yet. Without the lock the second gets the same rows;
    with a lock that waits it stands still as long as the first does."""
    world = make_world()
    fill(world, ROWS)
    holds, may_go = threading.Event(), threading.Event()

    def first() -> list[int]:
        with transaction.atomic():
            rows = _claim(run_at(NOW, world))
            holds.set()
            may_go.wait(PATIENCE)
            return [row.pk for row in rows]

    def second() -> list[int]:
        holds.wait(PATIENCE)
        return [row.pk for row in _claim(run_at(NOW + SECOND, world))]

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.submit(in_a_thread(first)), threads.submit(in_a_thread(second))
        try:
            assert other.result(timeout=PATIENCE / 3) == []
        finally:
            may_go.set()
        assert len(one.result()) == ROWS


@pytest.mark.django_db(transaction=True)
def test_many_workers_begin_at_once_and_each_row_goes_out_once(gateway):
    world = make_world()
    fill(world, ROWS)
    for number in range(ROUNDS):
        Reminder.objects.update(
            status="due", claimed_at=None, handed_over_at=None, finished_at=None, due_at=NOW
        )
        gateway.sent.clear()
        together = threading.Barrier(WORKERS)

        def send(who: int, together: threading.Barrier = together) -> dict[str, int]:
            together.wait(PATIENCE)
            return send_due_reminders(now=NOW + who * timedelta(microseconds=1))

        with ThreadPoolExecutor(WORKERS) as threads:
            asked = [threads.submit(in_a_thread(partial(send, who))) for who in range(WORKERS)]
            counts = [one.result() for one in asked]
        keys = sorted(key for *_, key in gateway.sent)
        assert keys == sorted({row.key for row in Reminder.objects.all()}), number
        assert sum(found.get("sent", 0) for found in counts) == ROWS, counts
        assert set(Reminder.objects.values_list("status", flat=True)) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_two_beats_that_plan_at_once_write_each_reminder_once(monkeypatch):
    """Both have read what is due before either writes."""
    world = make_world()
    fill(world, ROWS)
    Reminder.objects.all().delete()
    together, real = threading.Barrier(2), _ways_to

    def at_once(patients: set[int]) -> Any:
        together.wait(PATIENCE)
        return real(patients)

    monkeypatch.setattr(planning, "_ways_to", at_once)
    with ThreadPoolExecutor(2) as threads:
        work = in_a_thread(lambda: plan_due_reminders(now=NOW))
        for one in [threads.submit(work), threads.submit(work)]:
            one.result()
    assert Reminder.objects.count() == ROWS


# --- whoever oversleeps ----------------------------------------------------------------------------


def overslept(monkeypatch: Any, wakes: Callable[[], Any]) -> dict[str, int]:
    """A run that sleeps over its second look, until another has taken its row up and sent it."""
    real = check_before_send

    def sleeps(reminder: Reminder, *, now: Any) -> Any:
        if now != NOW:
            return real(reminder, now=now)
        assert send_due_reminders(now=LATER) == {"sent": 1}
        return wakes()

    monkeypatch.setattr(sending, "check_before_send", sleeps)
    return send_due_reminders(now=NOW)


def broken() -> Any:
    raise KeyError("broken")


@pytest.mark.parametrize(
    "wakes",
    [
        lambda: Skip(SkipReason.SETTLED),
        lambda: Defer(NOW + timedelta(minutes=30)),
        broken,
    ],
    ids=["skip", "wait", "fail"],
)
def test_what_another_has_sent_meanwhile_stays_sent(due, gateway, monkeypatch, wakes):
    assert overslept(monkeypatch, wakes) == {"claimed": 1}
    row = Reminder.objects.get()
    assert (row.status, row.skip_reason, row.failure) == (ReminderStatus.SENT, "", "")
    assert send_due_reminders(now=LATER + timedelta(hours=1)) == {}
    assert len(gateway.sent) == 1
    trail = AuditEntry.objects.filter(action__startswith="reminder ")
    assert list(trail.values_list("action", flat=True)) == ["reminder sent"]


def test_whoever_wakes_up_hands_nothing_over_that_another_has_claimed(due, gateway, monkeypatch):
    """Claimed anew and not handed over yet: it is the other's to send."""
    real = check_before_send

    def sleeps(reminder: Reminder, *, now: Any) -> Any:
        verdict = real(reminder, now=now)
        Reminder.objects.update(claimed_at=LATER)
        return verdict

    monkeypatch.setattr(sending, "check_before_send", sleeps)
    assert send_due_reminders(now=NOW) == {"claimed": 1}
    row = Reminder.objects.get()
    assert (row.status, row.claimed_at, row.handed_over_at) == ("claimed", LATER, None)
    assert gateway.sent == []


def test_two_runs_of_one_instant_hand_one_row_over_once(world, due, gateway):
    """Two clocks that show the same microsecond, and no lock: one row in two hands, one of which sends."""
    twin = run_at(NOW, world)
    twin.gateways = {Channel.SMS: gateway}
    twin.started = monotonic()

    def meanwhile(_: float) -> None:
        gateway.pass_time = lambda seconds: None
        _work_through([Reminder.objects.get()], twin)

    gateway.pass_time = meanwhile
    assert send_due_reminders(now=NOW) == {"sent": 1}
    assert twin.counts == {"claimed": 1}
    assert len(gateway.sent) == 1


def asleep_within(gateway: Any, meanwhile: Callable[[], object]) -> None:
    """`meanwhile` happens while the gateway has the message."""

    def pass_time(_: float) -> None:
        gateway.pass_time = lambda seconds: None
        release_dead_claims(now=LATER)
        meanwhile()

    gateway.pass_time = pass_time


def test_a_late_answer_of_the_gateway_ends_the_uncertainty(due, gateway):
    asleep_within(gateway, lambda: None)
    assert send_due_reminders(now=NOW) == {"sent": 1}
    row = Reminder.objects.get()
    assert (row.status, row.failure, row.gateway_reference) == (
        ReminderStatus.SENT,
        "",
        f"recorded-{row.key}",
    )


def test_a_late_answer_takes_nothing_from_who_asked_for_another(world, due, gateway):
    """Staff saw "uncertain" and asked for one more: that one goes out, although the first has come."""
    asleep_within(
        gateway,
        lambda: send_again(reminder=Reminder.objects.get(), now=LATER, by=world.front_desk),
    )
    # The first run goes on to what is due by its own clock; what was asked for later is not.
    assert send_due_reminders(now=NOW) == {"claimed": 1}
    assert Reminder.objects.get().status == ReminderStatus.DUE
    assert send_due_reminders(now=LATER) == {"sent": 1}
    number = Reminder.objects.get().pk
    assert [key for *_, key in gateway.sent] == [f"{number}-1", f"{number}-2"]


# --- whoever is killed -----------------------------------------------------------------------------


class Killed(BaseException):
    """No code of ours catches it; and from then on the dead one's connection takes nothing more."""


@contextmanager
def killed_at(number: int, *, is_done: bool) -> Iterator[list[str]]:
    """Dead before statement `number`, or right after it and before any commit. Gives what was asked."""
    seen: list[str] = []

    def die(execute: Any, statement: Any, *rest: Any) -> Any:
        seen.append(str(statement))
        if len(seen) > number or (len(seen) == number and not is_done):
            raise Killed
        answer = execute(statement, *rest)
        if len(seen) == number:
            raise Killed
        return answer

    with connection.execute_wrapper(die), suppress(Killed):
        yield seen


def outcomes_when_killed(gateway: Any, *, is_done: bool) -> list[tuple[str, int, int]]:
    """For each statement of a run: how the row ended, handed over before death, and in all."""
    found: list[tuple[str, int, int]] = []
    for number in range(1, 200):
        Reminder.objects.update(
            status="due", claimed_at=None, handed_over_at=None, finished_at=None, due_at=NOW
        )
        gateway.sent.clear()
        with killed_at(number, is_done=is_done) as seen:
            send_due_reminders(now=NOW)
        if len(seen) < number:
            return found
        before = len(gateway.sent)
        send_due_reminders(now=LATER)
        found.append((Reminder.objects.get().status, before, len(gateway.sent)))
    raise AssertionError("the run never ended")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_whichever_statement_a_worker_dies_at_nothing_is_lost_or_doubled(gateway, is_done):
    world = make_world()
    fill(world, 1)
    found = outcomes_when_killed(gateway, is_done=is_done)
    assert len(found) > 10
    for number, (status, before, in_all) in enumerate(found, start=1):
        if status == ReminderStatus.UNCERTAIN:
            # It was written down as handed over, whether or not it was: nobody sends it again.
            assert in_all == before <= 1, number
        else:
            assert (status, in_all) == (ReminderStatus.SENT, 1), number
    assert {(status, before) for status, before, _ in found} >= {
        ("sent", 0),
        ("uncertain", 1),
    }


@pytest.mark.django_db(transaction=True)
def test_what_is_handed_over_is_committed_before(gateway):
    """Seen through another connection while the gateway has it."""
    fill(make_world(), 1)
    seen: list[Any] = []

    def look(_: float) -> None:
        rows = Reminder.objects.values_list("status", "claimed_at", "handed_over_at", "attempts")
        with ThreadPoolExecutor(1) as thread:
            seen.extend(thread.submit(in_a_thread(lambda: list(rows.all()))).result())

    gateway.pass_time = look
    assert send_due_reminders(now=NOW) == {"sent": 1}
    assert seen == [("claimed", NOW, NOW, 1)]


@pytest.mark.django_db(transaction=True)
def test_whichever_statement_a_beat_dies_at_planning_again_completes_it():
    world = make_world()
    fill(world, ROWS)
    for number in range(1, 100):
        Reminder.objects.all().delete()
        with killed_at(number, is_done=True) as seen:
            plan_due_reminders(now=NOW)
        plan_due_reminders(now=NOW)
        assert Reminder.objects.count() == ROWS, number
        if len(seen) < number:
            return
    raise AssertionError("planning never ended")
