"""Reminded of an injection 7, 3 and 1 days before its window closes, until the next one is given; and of the
day after the last dose taken home."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from reminders.enums import FollowUpReason, SkipReason, Step
from reminders.follow_ups import create_follow_ups
from reminders.models import FollowUp, Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from reminders.sources.doses import WINDOWS
from tests.support.world import TODAY, ZONE
from treatments.enums import Product


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZoneInfo(ZONE))


def inject(world, day, product=Product.SUBLOCADE, outcome=DoseOutcome.GIVEN):
    episode = world.extra.setdefault("episode", None) or world.admit(days_ago=90)
    world.extra["episode"] = episode
    return DoseRecord.objects.create(
        patient=world.patient,
        episode=episode,
        site=world.here,
        dose_date=day,
        outcome=outcome,
        product=product,
        amount_mg=Decimal(100),
        recorded_by=world.nurse,
        recorded_at=at(day),
    )


@pytest.mark.parametrize("product", WINDOWS)
def test_seven_three_and_one_days_before_the_window_closes(world, gateway, product):
    world.reachable()
    given = TODAY - timedelta(days=60)
    inject(world, given, product)
    closes = given + WINDOWS[product]
    for day in range(max(0, WINDOWS[product].days - 9), WINDOWS[product].days + 3):
        now = at(given + timedelta(days=day))
        plan_due_reminders(now=now)
        send_due_reminders(now=now)
    assert list(Reminder.objects.order_by("due_at").values_list("step", "status")) == [
        (Step.SEVEN_DAYS, "sent"),
        (Step.THREE_DAYS, "sent"),
        (Step.ONE_DAY, "sent"),
    ]
    assert all(f"{closes.day} " in text for _, text, _ in gateway.sent)
    assert all(text.startswith("You are expected ") for _, text, _ in gateway.sent)


def test_given_meanwhile_it_is_settled(world, gateway):
    world.reachable()
    given = TODAY - timedelta(days=60)
    inject(world, given)
    now = at(given + timedelta(days=36))
    plan_due_reminders(now=now)
    inject(world, given + timedelta(days=36))
    send_due_reminders(now=now)
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED
    assert plan_due_reminders(now=now) == 0


def test_a_dose_by_mouth_beside_it_settles_no_injection(world, gateway):
    world.reachable()
    given = TODAY - timedelta(days=60)
    inject(world, given)
    inject(world, given + timedelta(days=4), Product.BUPRENORPHINE_NALOXONE_FILM)
    plan_due_reminders(now=at(given + timedelta(days=36)))
    assert Reminder.objects.get().step == Step.SEVEN_DAYS


def test_who_is_to_have_no_more_injections_is_not_expected(world, gateway):
    """The plan in force has tablets instead, or nothing at all."""
    world.reachable()
    given = TODAY - timedelta(days=36)
    inject(world, given)
    world.signed(world.extra["episode"])
    assert plan_due_reminders(now=at(given + timedelta(days=36))) == 0


def test_a_window_that_closed_without_one_is_a_call(world):
    """The day after its last day, once; and none where one was given in time."""
    given = TODAY - timedelta(days=60)
    inject(world, given)
    closes = given + WINDOWS[Product.SUBLOCADE]
    assert create_follow_ups(now=at(closes)) == 0
    assert create_follow_ups(now=at(closes + timedelta(days=1))) == 1
    assert create_follow_ups(now=at(closes + timedelta(days=2))) == 0
    assert FollowUp.objects.get().reason == FollowUpReason.INJECTION_LATE


def test_a_window_in_which_one_was_given_is_none(world):
    given = TODAY - timedelta(days=60)
    inject(world, given)
    closes = given + WINDOWS[Product.SUBLOCADE]
    inject(world, closes)
    assert create_follow_ups(now=at(closes + timedelta(days=1))) == 0


def test_the_day_after_the_last_dose_taken_home(world, gateway):
    world.reachable()
    given = TODAY - timedelta(days=30)
    for day in range(5):
        inject(world, given + timedelta(days=day), Product.METHADONE_ORAL, DoseOutcome.TAKE_HOME)
    for day in range(7):
        now = at(given + timedelta(days=day))
        plan_due_reminders(now=now)
        send_due_reminders(now=now)
    row = Reminder.objects.get()
    assert (row.subject_kind, row.step, row.status) == ("take_home_end", Step.ONE_DAY, "sent")
    expected = given + timedelta(days=5)
    assert gateway.sent[0][1].startswith("You are expected ")
    assert f" {expected.day} " in gateway.sent[0][1]
    assert row not in Reminder.objects.visible_to(world.front_desk)


def test_more_bottles_settle_it(world, gateway):
    world.reachable()
    given = TODAY - timedelta(days=30)
    inject(world, given, Product.METHADONE_ORAL, DoseOutcome.TAKE_HOME)
    now = at(given)
    assert plan_due_reminders(now=now) == 1
    inject(world, given + timedelta(days=1), Product.METHADONE_ORAL, DoseOutcome.TAKE_HOME)
    send_due_reminders(now=now)
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED
