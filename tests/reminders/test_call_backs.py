"""Told at once, a day and two hours before, in words that say nothing; a person is told who did not come."""

from datetime import timedelta
from itertools import pairwise

import pytest

from common.banned_words import banned_word
from dispensary.actions.call_backs import count_take_homes
from dispensary.enums import CallBackOutcome
from dispensary.models.call_backs import CallBack
from reminders.enums import FollowUpReason, SkipReason, Step, Subject
from reminders.follow_ups import create_follow_ups
from reminders.models import FollowUp, Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from reminders.sources.call_backs import not_counted_between
from tests.support import care_world as care
from tests.support.care_world import TOMORROW_NOON
from tests.support.plans import plan_with_only
from tests.support.world import NOW

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def run(moments):
    for now in moments:
        plan_due_reminders(now=now)
        send_due_reminders(now=now)


def sent():
    rows = Reminder.objects.filter(status="sent").order_by("finished_at", "pk")
    return list(rows.values_list("step", flat=True))


@pytest.mark.parametrize(
    ("notice", "steps"),
    [
        (50 * HOUR, [Step.AT_ONCE, Step.ONE_DAY, Step.TWO_HOURS]),
        # An hour more than a day: the second waits until morning, and the third would come too close.
        (25 * HOUR, [Step.AT_ONCE, Step.ONE_DAY]),
        (23 * HOUR, [Step.ONE_DAY, Step.TWO_HOURS]),
        (3 * HOUR, [Step.ONE_DAY]),
        (90 * MINUTE, [Step.TWO_HOURS]),
    ],
)
def test_at_once_and_then_as_the_rules_say_never_two_close_together(world, gateway, notice, steps):
    world.reachable()
    care.at_home(world, days=4)
    row = care.called_back(world, world.patient, due_at=NOW + notice)
    apart = 15 * MINUTE if notice < 5 * HOUR else HOUR
    run(NOW + apart * number for number in range(int(notice / apart) + 4))
    assert sent() == steps
    rows = list(Reminder.objects.order_by("finished_at"))
    moments = [row.finished_at for row in rows if row.finished_at]
    assert moments[0] == NOW
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap >= 4 * HOUR for gap in gaps), gaps
    assert {text for _, text, _ in gateway.sent} == {gateway.sent[0][1]}
    assert gateway.sent[0][1].startswith("You are expected ")
    assert banned_word(gateway.sent[0][1]) is None
    assert Reminder.objects.filter(subject_kind=Subject.CALL_BACK).count() == len(steps)
    assert {reminder.subject_id for reminder in rows} == {row.pk}


def test_counted_meanwhile_nothing_more_is_sent(world, gateway):
    world.reachable()
    row = care.called_back(world)
    plan_due_reminders(now=NOW)
    count_take_homes(call_back=row, outcome=CallBackOutcome.ALL_THERE, now=NOW, by=world.nurse)
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED
    plan_due_reminders(now=NOW + 4 * HOUR)
    assert Reminder.objects.filter(subject_kind=Subject.CALL_BACK).count() == 1


def test_who_sees_no_doses_learns_nothing_of_it(world, gateway):
    world.reachable()
    care.called_back(world)
    run([NOW])
    row = Reminder.objects.get(subject_kind=Subject.CALL_BACK)
    assert row in Reminder.objects.visible_to(world.nurse)
    assert row not in Reminder.objects.visible_to(world.front_desk)
    assert row not in Reminder.objects.visible_to(world.counselor)


@pytest.mark.parametrize("outcome", [None, CallBackOutcome.DID_NOT_COME])
def test_once_the_moment_has_passed_a_person_is_told_once(world, outcome):
    row = care.called_back(world)
    assert create_follow_ups(now=TOMORROW_NOON - MINUTE) == 0
    late = TOMORROW_NOON + MINUTE
    if outcome:
        count_take_homes(call_back=row, outcome=outcome, now=late, by=world.nurse)
    assert create_follow_ups(now=late) == 1
    assert create_follow_ups(now=late + DAY) == 0
    told = FollowUp.objects.get()
    assert (told.reason, told.subject_id) == (FollowUpReason.NOT_COUNTED, row.pk)
    assert not FollowUp.objects.visible_to(world.front_desk).exists()
    assert FollowUp.objects.visible_to(world.nurse).exists()


@pytest.mark.parametrize("outcome", [CallBackOutcome.ALL_THERE, CallBackOutcome.CALLED_OFF])
def test_who_came_or_was_called_off_is_nobody_s_task(world, outcome):
    row = care.called_back(world)
    count_take_homes(call_back=row, outcome=outcome, now=NOW, by=world.nurse)
    assert create_follow_ups(now=TOMORROW_NOON + HOUR) == 0


def test_one_that_cannot_be_written_to_stops_nobody_else(world, gateway):
    """Without a number there is no message; the next patient's goes out all the same."""
    care.called_back(world)
    other = world.register("Santos")
    world.reachable(other)
    care.at_home(world, world.signed(world.admit(other)).episode)
    care.called_back(world, other)
    run([NOW])
    assert Reminder.objects.get().patient == other
    assert len(gateway.sent) == 1


def test_what_is_due_is_found_by_its_index(world):
    care.called_back(world)
    due = CallBack.objects.waited_for().filter(due_at__gt=NOW, due_at__lte=NOW + DAY)
    for rows in (due, not_counted_between(NOW, NOW + DAY)):
        assert "call_back_due" in plan_with_only("call_back_due", rows)
