"""A planned test is told the day before; a random one on its day, at the earliest hour, and never before."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.errors import InvalidInput
from patients.actions.discharges import discharge
from patients.enums import DischargeReason
from reminders.actions.reminder_rules import set_reminder_rule
from reminders.enums import FollowUpReason, SkipReason, Step, Subject
from reminders.follow_ups import create_follow_ups
from reminders.models import FollowUp, Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from reminders.sources.drug_tests import not_taken
from tests.support import care_world as care
from tests.support.plans import plan_with_only
from tests.support.world import NOW, TODAY, ZONE
from treatments.actions.drug_tests import call_off_planned_test, take_planned_test
from treatments.models import PlannedTest

DAY = timedelta(days=1)
#: The clocks go forward on the morning of the second, and back on that of the third.
DAYS = [TODAY + 5 * DAY, date(2026, 3, 8), date(2026, 11, 1)]


def local(day, hour, minute=0, zone=ZONE):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


def run(first, last, hours=(0, 4, 7, 8, 9, 10, 11, 12, 14, 18, 22)):
    """As beat does it, though at some hours of each day only."""
    for number in range((last - first).days + 1):
        for hour in hours:
            now = local(first + DAY * number, hour)
            plan_due_reminders(now=now)
            send_due_reminders(now=now)


@pytest.mark.parametrize("day", DAYS)
def test_a_random_test_is_told_on_its_day_at_eight(world, gateway, day):
    world.reachable()
    care.drawn_test(world, [day])
    run(day - DAY, day)
    row = Reminder.objects.get()
    assert (row.subject_kind, row.step, row.status) == (Subject.RANDOM_TEST, Step.THE_DAY, "sent")
    assert row.finished_at == local(day, 8)
    assert row.recorded_at == local(day, 8), "nothing that tells of it is written before"
    assert gateway.sent[0][1].startswith("You are expected ")
    assert f" {day.day} " in gateway.sent[0][1]


@pytest.mark.parametrize(
    ("zone", "hour"), [("America/Los_Angeles", 11), ("America/Chicago", 9), ("", 10)]
)
def test_not_before_the_hour_that_the_patient_allows_where_they_are(world, gateway, zone, hour):
    world.reachable()
    world.wishes(time_zone=zone, from_time=time(8) if zone else time(10))
    day = TODAY + 5 * DAY
    care.drawn_test(world, [day])
    run(day, day)
    assert Reminder.objects.get().finished_at == local(day, hour)


def test_in_the_afternoon_of_its_day_it_is_too_late(world, gateway):
    world.reachable()
    day = TODAY + 5 * DAY
    care.drawn_test(world, [day])
    assert plan_due_reminders(now=local(day, 15, 1)) == 0
    assert plan_due_reminders(now=local(day, 14, 59)) == 1
    assert send_due_reminders(now=local(day, 15, 30)) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.TOO_LATE


@pytest.mark.parametrize("step", [Step.THREE_DAYS, Step.ONE_DAY, Step.TWO_HOURS])
def test_no_clinic_can_have_random_tests_told_before_their_day(world, step):
    with pytest.raises(InvalidInput):
        set_reminder_rule(
            subject_kind=Subject.RANDOM_TEST,
            step=step,
            by_sms=True,
            by_email=True,
            is_active=True,
            now=NOW,
            by=world.clinical_director,
        )


@pytest.mark.parametrize("day", DAYS)
def test_a_planned_test_is_told_the_day_before(world, gateway, day):
    world.reachable()
    care.planned_test(world, due_date=day)
    run(day - 2 * DAY, day)
    row = Reminder.objects.get()
    assert (row.subject_kind, row.step, row.status) == (Subject.PLANNED_TEST, Step.ONE_DAY, "sent")
    assert row.finished_at == local(day - DAY, 12)


@pytest.mark.parametrize("is_taken", [True, False])
def test_taken_or_called_off_meanwhile_nothing_is_sent(world, gateway, is_taken):
    world.reachable()
    row = care.planned_test(world, due_date=TODAY + DAY)
    now = local(TODAY, 13)
    assert plan_due_reminders(now=now) == 1
    if is_taken:
        take_planned_test(planned=row, collected_date=TODAY, now=now, by=world.nurse)
    else:
        call_off_planned_test(planned=row, reason="Ill", now=now, by=world.nurse)
    assert send_due_reminders(now=now) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED


def test_who_sees_no_findings_learns_nothing_of_it(world, gateway):
    world.reachable()
    care.planned_test(world, due_date=TODAY + DAY)
    care.drawn_test(world, [TODAY + 2 * DAY])
    run(TODAY, TODAY + 2 * DAY, hours=(12,))
    assert Reminder.objects.count() == 2
    assert Reminder.objects.visible_to(world.nurse).count() == 2
    assert not Reminder.objects.visible_to(world.front_desk).exists()


def test_not_taken_on_its_day_a_person_is_told_once_the_day_is_over(world):
    row = care.planned_test(world)
    assert create_follow_ups(now=local(TODAY, 23, 59)) == 0
    assert create_follow_ups(now=local(TODAY + DAY, 0)) == 1
    assert create_follow_ups(now=local(TODAY + 2 * DAY, 0)) == 0
    told = FollowUp.objects.get()
    assert (told.reason, told.subject_id) == (FollowUpReason.MISSED_TEST, row.pk)
    assert FollowUp.objects.visible_to(world.counselor).exists()
    assert not FollowUp.objects.visible_to(world.front_desk).exists()


def test_who_has_left_care_is_nobody_s_task(world):
    episode = world.admit()
    care.planned_test(world)
    discharge(
        episode=episode,
        discharge_date=TODAY,
        reason=DischargeReason.COMPLETED,
        now=NOW,
        by=world.prescriber,
    )
    assert create_follow_ups(now=local(TODAY + DAY, 0)) == 0


def test_what_is_due_is_found_by_its_index(world):
    care.planned_test(world)
    due = PlannedTest.objects.waited_for().filter(
        is_random=True, due_date__range=(TODAY, TODAY + DAY)
    )
    for rows in (due, not_taken(TODAY - DAY, TODAY)):
        assert "planned_test_waited_for" in plan_with_only("planned_test_waited_for", rows)
