"""Nothing that an outage let lapse is left unsaid: it stands in the list, too late, and is never sent."""

from datetime import timedelta

import pytest

from appointments.enums import AppointmentStatus
from appointments.maintenance import run_calendar_maintenance
from reminders.enums import SkipReason, Step, Subject
from reminders.job_health import PLANNING
from reminders.models import JobRun, Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from tests.reminders.test_drug_test_reminders import local
from tests.support import care_world as care
from tests.support.world import NOW, TODAY

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def planned_until(moment):
    """The last run that ended well."""
    plan_due_reminders(now=moment)
    JobRun.objects.update_or_create(name=PLANNING, defaults={"finished_at": moment})


def back(now):
    plan_due_reminders(now=now)
    send_due_reminders(now=now)
    return list(Reminder.objects.order_by("pk").values_list("step", "status", "skip_reason"))


LAPSED = (Step.ONE_DAY, "skipped", SkipReason.TOO_LATE)


@pytest.mark.parametrize("now", [NOW + 30 * HOUR, NOW + 29 * HOUR - MINUTE, NOW + 27.5 * HOUR])
def test_what_lapsed_while_nobody_planned_is_said(world, gateway, now):
    """The visit is over, just to come, or so near that a message would not help."""
    world.reachable()
    visit = world.book(NOW + 29 * HOUR)
    planned_until(NOW)
    assert back(now) == [(Step.THREE_DAYS, "skipped", SkipReason.TOO_LATE), LAPSED]
    assert not gateway.sent
    assert back(now + HOUR)[1:] == [LAPSED], "once"
    assert Reminder.objects.filter(subject_id=visit.pk, step=Step.ONE_DAY).count() == 1


def test_whoever_notes_the_miss_first_hides_nothing(world, gateway):
    """The calendar's job may come back a minute before planning does."""
    world.reachable()
    visit = world.book(NOW + 29 * HOUR)
    planned_until(NOW)
    run_calendar_maintenance(now=NOW + 31 * HOUR)
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.NO_SHOW
    steps = [(Step.THREE_DAYS, SkipReason.CANCELLED), (Step.ONE_DAY, SkipReason.CANCELLED)]
    found = back(NOW + 31 * HOUR)
    assert [(step, why) for step, status, why in found if status == "skipped"] == steps
    assert [step for step, status, _ in found if status == "sent"] == [Step.AFTERWARDS]


def test_a_day_of_a_random_test_that_lapsed_is_said(world, gateway):
    world.reachable()
    care.drawn_test(world, [TODAY + DAY])
    planned_until(local(TODAY + DAY, 7))
    assert back(local(TODAY + DAY, 16)) == [(Step.THE_DAY, "skipped", SkipReason.TOO_LATE)]
    assert Reminder.objects.get().subject_kind == Subject.RANDOM_TEST


def test_what_still_helps_is_sent_and_nothing_lapsed_is_said(world, gateway):
    world.reachable()
    world.book(NOW + 4 * DAY)
    planned_until(NOW)
    assert back(NOW + 3 * DAY + HOUR) == [(Step.ONE_DAY, "sent", "")]


def test_what_came_up_too_late_was_never_to_be_written_about(world, gateway):
    world.reachable()
    planned_until(NOW)
    world.book(NOW + 6 * HOUR, now=NOW + 5 * HOUR)
    assert back(NOW + 7 * HOUR) == []


@pytest.mark.parametrize(("apart", "said"), [(45 * HOUR, 1), (47 * HOUR, 0)])
def test_it_looks_back_two_days_and_no_further(world, gateway, apart, said):
    world.reachable()
    planned_until(NOW)
    world.book(NOW + 4 * HOUR)
    assert len(back(NOW + 4 * HOUR + apart)) == said


def test_a_clinic_that_never_planned_has_missed_nothing(world, gateway):
    world.reachable()
    world.book(NOW + 4 * HOUR)
    assert back(NOW + 5 * HOUR) == []
