"""What holds for every subject alike, whoever adds one: asked of all sources, and of all at once."""

from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from appointments.actions.no_shows import mark_no_show
from common.banned_words import banned_word
from dispensary.actions.doses import record_missed_dose
from dispensary.enums import DoseOutcome
from reminders.enums import SkipReason, Step, Subject
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from reminders.subjects import SUBJECT_PERMISSIONS, SUBJECTS
from tests.reminders.test_expirations import consent_until, ordered_until, reviewed_on
from tests.reminders.test_injections import inject
from tests.support import care_world as care
from tests.support.world import NOW, TODAY, ZONE
from treatments.enums import Product

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Visits and their misses are what a schedule shows anyway.
OF_THE_SCHEDULE = {Subject.APPOINTMENT, Subject.MISSED_VISIT}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_what_is_gone_is_nothing_to_write_of(db, kind):
    assert isinstance(SUBJECTS[kind].events.now(10**9, 1), SkipReason)


@pytest.mark.parametrize("kind", SUBJECTS)
def test_one_question_however_many_are_due(db, kind, django_assert_max_num_queries):
    for step in SUBJECTS[kind].offered_steps:
        with django_assert_max_num_queries(1):
            found = SUBJECTS[kind].events.due(
                after=NOW, until=NOW + 40 * DAY, step=step, type_id=None, other_types=frozenset()
            )
            assert list(found) == []


def test_every_subject_but_visits_asks_for_a_right_of_its_own():
    assert set(SUBJECT_PERMISSIONS) == set(Subject) - OF_THE_SCHEDULE


def local(moment):
    return moment.astimezone(ZoneInfo(ZONE))


def one_of_each(world):
    """One occasion of each subject, each of somebody else, all within two weeks."""
    for number, stage in enumerate(STAGES.values()):
        world.patient = world.register(f"Person{number}")
        world.extra.pop("episode", None)
        world.reachable()
        stage(world)


STAGES = {
    Subject.APPOINTMENT: lambda w: w.book(NOW + 9 * DAY),
    Subject.MISSED_VISIT: lambda w: mark_no_show(
        appointment=w.book(NOW - HOUR, now=NOW - DAY), now=NOW, by=w.front_desk
    ),
    Subject.MISSED_DOSE: lambda w: record_missed_dose(
        episode=w.signed(w.admit()).episode, dose_date=TODAY, now=NOW, by=w.nurse
    ),
    Subject.INJECTION: lambda w: inject(w, TODAY, Product.BRIXADI_WEEKLY),
    Subject.TAKE_HOME_END: lambda w: inject(
        w, TODAY + 6 * DAY, Product.METHADONE_ORAL, DoseOutcome.TAKE_HOME
    ),
    Subject.CALL_BACK: lambda w: care.called_back(
        w, care.at_home(w, w.signed(w.admit()).episode)[0].patient, NOW + 3 * DAY
    ),
    Subject.PLANNED_TEST: lambda w: care.planned_test(w, due_date=TODAY + 8 * DAY),
    Subject.RANDOM_TEST: lambda w: care.drawn_test(w, [TODAY + 7 * DAY]),
    Subject.NALOXONE: lambda w: care.kit(w, expires_date=TODAY + 33 * DAY),
    Subject.PLAN_REVIEW: lambda w: reviewed_on(w, TODAY + 9 * DAY),
    Subject.CONSENT_END: lambda w: consent_until(w, TODAY + 10 * DAY),
    Subject.ORDER_END: lambda w: ordered_until(w, TODAY + 11 * DAY),
}


def test_there_is_a_stage_for_every_subject():
    assert set(STAGES) == set(Subject)


@pytest.mark.parametrize("seed", range(2))
def test_all_at_once_by_a_clock_that_stumbles(world, gateway, seed):
    """It jumps hours ahead, stands still and runs twice: each step once, at waking hours, discreet."""
    one_of_each(world)
    chance, now = Random(seed), NOW
    while now < NOW + 10 * DAY:
        for _ in range(chance.choice([1, 1, 2])):
            plan_due_reminders(now=now)
            send_due_reminders(now=now)
        now += chance.choice([timedelta(minutes=1), HOUR, 4 * HOUR, 6 * HOUR])
    rows = Reminder.objects.filter(status="sent")
    assert len(gateway.sent) == rows.count()
    assert set(rows.values_list("subject_kind", flat=True)) == set(Subject)
    of_each = list(rows.values_list("subject_kind", "subject_id", "step", "channel"))
    assert len(of_each) == len(set(of_each))
    for row in rows:
        assert 8 <= local(row.finished_at).hour < 21, row
        assert banned_word(row.body) is None
    told = rows.get(subject_kind=Subject.RANDOM_TEST)
    assert told.step == Step.THE_DAY
    assert local(told.finished_at).date() == TODAY + 7 * DAY
