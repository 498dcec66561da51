"""One pace for all workers together, kept by the database."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import F

from reminders.models import GatewayRateLimit, Reminder
from reminders.rate_limit import wait_for_turn
from reminders.sending import LEFT, send_due_reminders
from tests.reminders.test_retrying import fill
from tests.support.world import NOW


@pytest.mark.django_db(transaction=True)
def test_ten_workers_keep_one_pace(settings):
    settings.REMINDER_SMS_PER_SECOND = 40

    def take(_):
        try:
            return [wait_for_turn("sms", patience=5) for _ in range(4)]
        finally:
            connections.close_all()

    began = time.monotonic()
    with ThreadPoolExecutor(10) as workers:
        turns = [turn for turns in workers.map(take, range(10)) for turn in turns]
    assert turns == [True] * 40
    assert time.monotonic() - began >= 39 / 40


def test_who_has_no_patience_takes_no_turn(db, settings):
    settings.REMINDER_SMS_PER_SECOND = 0.1
    assert wait_for_turn("sms", patience=0)
    assert not wait_for_turn("sms", patience=1)
    assert wait_for_turn("email", patience=0), "each gateway has its own"


def test_a_clock_that_goes_back_keeps_nobody_waiting_for_hours(db, settings):
    settings.REMINDER_SMS_PER_SECOND = 0.1
    assert wait_for_turn("sms", patience=0)
    GatewayRateLimit.objects.update(next_at=F("next_at") + timedelta(hours=6))
    assert wait_for_turn("sms", patience=0)
    assert not wait_for_turn("sms", patience=1), "and the pace is kept from there on"


def test_what_had_no_turn_is_left_for_the_next_run_and_loses_nothing(world, gateway, settings):
    settings.REMINDER_SMS_PER_SECOND = 0.1
    fill(world, 3)
    assert send_due_reminders(now=NOW) == {"sent": 1, LEFT: 2}
    assert sorted(Reminder.objects.values_list("status", flat=True)) == ["due", "due", "sent"]
