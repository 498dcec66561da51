"""Which reminders there are: shipped, changed by the clinic, for one kind of visit."""

import inspect
from datetime import timedelta

import pytest

from appointments.actions.no_shows import mark_no_show
from appointments.models import AppointmentType
from common.errors import InvalidInput
from dispensary.actions.doses import record_missed_dose
from reminders import follow_up_finders, subjects
from reminders.actions.reminder_rules import set_reminder_rule
from reminders.enums import LEAD_TIMES, SkipReason, Step, Subject, TemplateKind
from reminders.models import Reminder, ReminderRule
from reminders.planning import plan_due_reminders
from reminders.reminder_rules import rules
from reminders.sending import send_due_reminders
from reminders.subjects import SUBJECTS
from tests.support.world import NOW, TODAY

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def rule(world, step, *, active=True, subject=Subject.APPOINTMENT, type=None, **channels):
    return set_reminder_rule(
        subject_kind=subject,
        step=step,
        appointment_type=type,
        by_sms=channels.get("by_sms", True),
        by_email=channels.get("by_email", True),
        is_active=active,
        now=NOW,
        by=world.clinical_director,
    )


def test_every_subject_has_a_source_steps_and_an_order_of_steps():
    assert set(SUBJECTS) == set(Subject.values)
    for spec in SUBJECTS.values():
        assert set(spec.default_steps) <= set(spec.offered_steps)
        assert spec.template in TemplateKind
        assert callable(spec.events.due)
        assert callable(spec.lapsed_events.due)
        assert all(spec.last_useful(step) < LEAD_TIMES[step] for step in spec.offered_steps)


def test_every_follow_up_finder_of_a_subject_exists_and_every_finder_has_a_subject():
    """RESCHEDULE comes from a patient's reply, not from a finder."""
    here = {
        name
        for name, value in vars(follow_up_finders).items()
        if inspect.isfunction(value) and value.__module__ == follow_up_finders.__name__
    }
    named = {name for spec in SUBJECTS.values() for name in spec.follow_ups}
    assert named == {name for name in here if not name.startswith("_")}
    assert len(subjects.follow_up_finders()) == len(named)


def test_a_step_that_is_switched_off_is_not_planned_and_the_one_before_takes_its_time(world):
    world.reachable()
    world.book(NOW + HOUR * 20)
    rule(world, Step.ONE_DAY, active=False)
    plan_due_reminders(now=NOW)
    assert Reminder.objects.get().step == Step.THREE_DAYS


def test_two_hours_before_is_optional_and_close(world, gateway):
    world.reachable()
    world.book(NOW + HOUR * 2)
    assert plan_due_reminders(now=NOW) == 0
    rule(world, Step.TWO_HOURS, by_email=False)
    assert plan_due_reminders(now=NOW) == 1
    assert send_due_reminders(now=NOW + timedelta(minutes=85)) == {"sent": 1}


def test_two_hours_before_is_of_no_use_in_the_last_half_hour(world, gateway):
    world.reachable()
    world.book(NOW + HOUR * 2)
    rule(world, Step.TWO_HOURS)
    plan_due_reminders(now=NOW)
    assert send_due_reminders(now=NOW + timedelta(minutes=95)) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.TOO_LATE


def test_one_kind_of_visit_has_rules_of_its_own(world):
    world.reachable()
    other = AppointmentType.objects.create(code="group", name="Group", minutes=30)
    rule(world, Step.THREE_DAYS, type=other, active=False)
    rule(world, Step.SEVEN_DAYS, type=other, by_email=False)
    world.book(NOW + 2 * DAY)
    visit = world.book(NOW + 6 * DAY, practitioner=world.nurse)
    visit.type = other
    visit.save()
    assert plan_due_reminders(now=NOW) == 2
    assert dict(Reminder.objects.values_list("subject_id", "step")) == {
        visit.pk: Step.SEVEN_DAYS,
        visit.pk - 1: Step.THREE_DAYS,
    }
    assert plan_due_reminders(now=NOW) == 0


def test_rules_are_read_in_one_query(world, django_assert_num_queries):
    rule(world, Step.TWO_HOURS)
    with django_assert_num_queries(1):
        chosen = rules()
        for kind in Subject:
            chosen.windows(kind)


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": Step.AFTERWARDS},
        {"step": Step.TWO_HOURS, "by_sms": False, "by_email": False},
        {"step": Step.AFTERWARDS, "subject": Subject.MISSED_DOSE, "type": True},
    ],
)
def test_rules_that_cannot_be(world, wrong):
    if wrong.get("type"):
        wrong = {**wrong, "type": world.visit_type}
    with pytest.raises(InvalidInput):
        rule(world, **wrong)
    assert not ReminderRule.objects.exists()


def test_the_page_says_what_is_sent_and_changes_it(world, sign_in):
    client = sign_in(world.system_administrator)
    typed = {"subject_kind": "appointment", "step": "two_hours", "is_active": "on", "by_sms": "on"}
    assert client.post("/message-rules", typed).status_code == 302
    row = ReminderRule.objects.get()
    assert (row.is_active, row.by_sms, row.by_email) == (True, True, False)
    assert client.post("/message-rules", {**typed, "by_sms": ""}).status_code == 422
    assert client.post("/message-rules", {**typed, "step": "afterwards"}).status_code == 422


# --- after a miss ----------------------------------------------------------------------------------


def missed(world, hours=1):
    return mark_no_show(
        appointment=world.book(NOW - hours * HOUR, now=NOW - 3 * DAY), now=NOW, by=world.front_desk
    )


def test_after_a_missed_visit_one_message_within_a_day(world, gateway):
    world.reachable()
    missed(world)
    assert plan_due_reminders(now=NOW) == 1
    assert plan_due_reminders(now=NOW) == 0
    assert send_due_reminders(now=NOW) == {"sent": 1}
    assert gateway.sent[0][1].startswith("Please call us to find a new time")


def test_a_day_after_the_miss_no_message_comes_any_more(world):
    world.reachable()
    missed(world, hours=25)
    assert plan_due_reminders(now=NOW) == 0


def test_who_has_another_visit_already_is_not_asked_to_call(world, gateway):
    world.reachable()
    missed(world)
    plan_due_reminders(now=NOW)
    world.book(NOW + 5 * DAY)
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED
    Reminder.objects.all().delete()
    assert plan_due_reminders(now=NOW) == 0


def test_after_a_missed_dose_the_message_says_nothing_of_it(world, gateway):
    world.reachable()
    plan = world.signed(world.admit())
    record_missed_dose(episode=plan.episode, dose_date=TODAY, now=NOW, by=world.nurse)
    later = NOW + 3 * HOUR
    assert plan_due_reminders(now=later) == 1
    assert plan_due_reminders(now=later) == 0
    assert send_due_reminders(now=later) == {"sent": 1}
    assert gateway.sent[0][1] == "Please call us. Harbor Office 555-0100"
    row = Reminder.objects.get()
    assert row in Reminder.objects.visible_to(world.nurse)
    assert row not in Reminder.objects.visible_to(world.front_desk), "it tells of doses"
