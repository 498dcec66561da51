"""Nobody who missed something is forgotten: a person is told, once, and says what came of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connections, transaction

from access.models import AuditEntry
from appointments.actions.booking import move_appointment
from appointments.actions.no_shows import mark_no_show
from common.errors import NotFound, NotPermitted
from common.time_zones import moment_of
from dispensary.actions.doses import give_dose, give_take_home_doses, record_missed_dose
from patients.actions.findings import record_event
from patients.enums import EventKind
from reminders.actions.follow_ups import finish_follow_up
from reminders.actions.reminder_rules import set_reminder_rule
from reminders.enums import FollowUpOutcome, FollowUpReason, Step, Subject
from reminders.errors import AlreadyDone
from reminders.follow_ups import create_follow_ups
from reminders.models import FollowUp
from reminders.planning import plan_due_reminders
from tests.support.world import NOW, TODAY, ZONE, make_world
from treatments.enums import Product

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def missed_visit(world):
    return mark_no_show(
        appointment=world.book(NOW - HOUR, now=NOW - DAY), now=NOW, by=world.front_desk
    )


def done(row, by, outcome=FollowUpOutcome.REACHED):
    return finish_follow_up(follow_up=row, outcome=outcome, now=NOW, by=by)


def test_a_missed_visit_is_noted_once_for_whoever_cares(world):
    missed_visit(world)
    assert create_follow_ups(now=NOW) == 1
    assert create_follow_ups(now=NOW + DAY) == 0
    row = FollowUp.objects.get()
    assert (row.reason, row.due_date, row.for_user) == ("no_show", TODAY, world.counselor)
    trail = AuditEntry.objects.get(action="note follow-up")
    assert (trail.patient_id, trail.actor_label) == (world.patient.pk, "reminders")


@pytest.mark.parametrize("down", [HOUR, 6 * HOUR, 30 * HOUR, 6 * DAY])
def test_a_clock_that_stood_still_loses_nobody(world, down):
    missed_visit(world)
    assert create_follow_ups(now=NOW + down) == 1


def test_who_is_booked_again_needs_no_call(world):
    missed_visit(world)
    world.reachable()
    world.book(NOW + DAY)
    assert create_follow_ups(now=NOW) == 0


def test_the_rest_of_a_series_settles_nothing(world):
    """Whoever misses one of twelve is the one to call: what was booked before is no answer."""
    visit = world.book(NOW - HOUR, now=NOW - DAY)
    world.book(NOW + 6 * DAY, now=NOW - DAY)
    mark_no_show(appointment=visit, now=NOW, by=world.front_desk)
    assert create_follow_ups(now=NOW) == 1


def test_the_latest_miss_is_the_one_to_call_about(world):
    """Booked long ago, missed last: not hidden behind a call about what was missed before."""
    world.reachable()
    long_ago = world.book(NOW + 3 * DAY - HOUR, now=NOW - 9 * DAY)
    for hours in (5, 3):
        visit = world.book(NOW - hours * HOUR, now=NOW - DAY)
        mark_no_show(appointment=visit, now=NOW, by=world.front_desk)
    assert create_follow_ups(now=NOW) == 1
    done(FollowUp.objects.get(), world.nurse)
    friday = NOW + 3 * DAY
    mark_no_show(appointment=long_ago, now=friday, by=world.front_desk)
    assert create_follow_ups(now=friday) == 1
    assert FollowUp.objects.to_do().get().subject_id == long_ago.pk


def test_the_dead_are_not_called(world):
    missed_visit(world)
    record_event(
        patient=world.patient, kind=EventKind.DEATH, occurred_date=TODAY, now=NOW, by=world.nurse
    )
    assert create_follow_ups(now=NOW) == 0


def test_a_missed_dose_is_told_to_who_may_know_of_doses(world):
    plan = world.signed(world.admit())
    record_missed_dose(episode=plan.episode, dose_date=TODAY - DAY, now=NOW, by=world.nurse)
    create_follow_ups(now=NOW)
    row = FollowUp.objects.get(reason=FollowUpReason.MISSED_DOSE)
    seen = {
        role.value
        for role, user in world.staff.items()
        if FollowUp.objects.visible_to(user).filter(pk=row.pk).exists()
    }
    assert seen == {"prescriber", "nurse", "clinical_director"}
    with pytest.raises(NotPermitted):
        done(row, world.front_desk)
    with pytest.raises(NotFound):
        done(row, world.stranger)


def test_a_dose_taken_since_settles_it(world):
    plan = world.signed(world.admit())
    record_missed_dose(episode=plan.episode, dose_date=TODAY - DAY, now=NOW, by=world.nurse)
    give_dose(
        episode=plan.episode,
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        dose_date=TODAY,
        now=NOW,
        by=world.nurse,
    )
    assert create_follow_ups(now=NOW) == 0


def test_many_missed_doses_are_one_call(world):
    plan = world.signed(world.admit())
    for ago in (4, 3, 2):
        at = NOW - ago * DAY
        record_missed_dose(
            episode=plan.episode, dose_date=TODAY - ago * DAY, now=at, by=world.nurse
        )
    assert create_follow_ups(now=NOW - 2 * DAY) == 1
    record_missed_dose(episode=plan.episode, dose_date=TODAY - DAY, now=NOW - DAY, by=world.nurse)
    assert create_follow_ups(now=NOW) == 0, "the call is still to be made"
    done(FollowUp.objects.get(), world.nurse)
    assert create_follow_ups(now=NOW) == 0, "made after all of them"
    record_missed_dose(episode=plan.episode, dose_date=TODAY, now=NOW + HOUR, by=world.nurse)
    assert create_follow_ups(now=NOW + HOUR) == 1, "and this one is new"


def test_another_patient_s_call_is_another_s(world):
    for patient in (world.patient, world.register("Second")):
        at = NOW - HOUR if patient == world.patient else NOW - 3 * HOUR
        visit = world.book(at, patient=patient, now=NOW - DAY)
        mark_no_show(appointment=visit, now=NOW, by=world.front_desk)
    assert create_follow_ups(now=NOW) == 2


def test_a_bottle_handed_out_before_settles_no_miss(world):
    """Given on Monday for Wednesday; on Tuesday nobody came."""
    plan = world.signed(world.admit())
    give_take_home_doses(
        episode=plan.episode,
        first_date=TODAY,
        days=1,
        rationale="The clinic is closed",
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        now=NOW - 2 * DAY,
        by=world.nurse,
    )
    record_missed_dose(episode=plan.episode, dose_date=TODAY - DAY, now=NOW, by=world.nurse)
    assert create_follow_ups(now=NOW) == 1


def test_a_bottle_handed_out_since_says_that_they_came(world):
    plan = world.signed(world.admit())
    record_missed_dose(episode=plan.episode, dose_date=TODAY - DAY, now=NOW, by=world.nurse)
    give_take_home_doses(
        episode=plan.episode,
        first_date=TODAY + DAY,
        days=1,
        rationale="The clinic is closed",
        product=Product.METHADONE_ORAL,
        amount_mg=Decimal(30),
        now=NOW,
        by=world.nurse,
    )
    assert create_follow_ups(now=NOW) == 0


def told(now=NOW):
    create_follow_ups(now=now)
    rows = FollowUp.objects.filter(reason=FollowUpReason.UNREACHABLE).order_by("pk")
    return list(rows.values_list("subject_id", "subject_version", "due_date"))


def test_who_cannot_be_written_to_is_called_before_the_visit_once(world):
    visit = world.book(NOW + 2 * DAY)
    assert plan_due_reminders(now=NOW) == 0
    assert told() == [(visit.pk, 1, TODAY + DAY)]
    assert told(NOW + DAY) == [(visit.pk, 1, TODAY + DAY)]
    move_appointment(
        appointment=visit, starts_at=NOW + 2 * DAY + HOUR, now=NOW, by=world.front_desk
    )
    assert told(NOW + DAY + 2 * HOUR) == [(visit.pk, 1, TODAY + DAY), (visit.pk, 2, TODAY + DAY)]
    (row, _) = FollowUp.objects.all()
    assert FollowUp.objects.visible_to(world.front_desk).filter(pk=row.pk).exists()
    assert done(row, world.front_desk).done_by == world.front_desk


def test_nobody_is_called_whom_a_message_reaches_or_no_step_has_come_for(world):
    world.book(NOW + 4 * DAY)
    assert told() == []
    world.reachable()
    world.book(NOW + 2 * DAY)
    assert told() == [], "not planned yet, but it will be"
    plan_due_reminders(now=NOW)
    assert told() == []


def test_who_wants_no_messages_is_called(world):
    world.reachable()
    world.wishes(by_sms=False, by_email=False)
    world.book(NOW + 2 * DAY)
    assert len(told()) == 1


def test_nobody_is_called_whom_a_later_step_reaches(world):
    """Three days before by e-mail alone, which this patient has not; the day before by text, too."""
    world.reachable()
    set_reminder_rule(
        subject_kind=Subject.APPOINTMENT,
        step=Step.THREE_DAYS,
        by_sms=False,
        by_email=True,
        is_active=True,
        now=NOW,
        by=world.clinical_director,
    )
    world.book(NOW + 2 * DAY)
    assert plan_due_reminders(now=NOW) == 0
    assert told() == []


def test_the_dead_are_not_called_before_a_visit(world):
    world.book(NOW + 2 * DAY)
    record_event(
        patient=world.patient, kind=EventKind.DEATH, occurred_date=TODAY, now=NOW, by=world.nurse
    )
    assert told() == []


def test_reviews_and_consents_are_for_people_too(world):
    plan = world.signed(world.admit())  # signed: its review is due 90 days on
    plan.refresh_from_db()
    world.consent(expiration="date", expiry_date=TODAY + 10 * DAY)
    assert create_follow_ups(now=NOW) == 1
    assert FollowUp.objects.get().reason == FollowUpReason.CONSENT_ENDING
    if plan.review_date is not None:
        assert create_follow_ups(now=NOW + (plan.review_date - TODAY)) >= 1


def test_done_by_somebody_with_an_outcome_and_only_once(world):
    missed_visit(world)
    create_follow_ups(now=NOW)
    row = done(FollowUp.objects.get(), world.front_desk)
    assert (row.done_by, row.outcome) == (world.front_desk, "reached")
    with pytest.raises(AlreadyDone):
        done(row, world.nurse)
    assert not FollowUp.objects.to_do().exists()


def test_the_database_keeps_half_done_ones_out(world):
    row = world.follow_up()
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.filter(pk=row.pk).update(done_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_note_it_once():
    world = make_world()
    missed_visit(world)

    def note(_):
        try:
            return create_follow_ups(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        assert sorted(workers.map(note, range(4))) == [0, 0, 0, 1]
    assert AuditEntry.objects.filter(action="note follow-up").count() == 1


def test_the_page_lists_them_and_takes_what_came_of_it(world, sign_in):
    missed_visit(world)
    create_follow_ups(now=NOW)
    client = sign_in(world.front_desk)
    assert "Rivera" in client.get("/follow-ups").content.decode()
    assert "Rivera" not in client.get("/follow-ups?mine=1").content.decode()
    row = FollowUp.objects.get()
    answer = client.post(f"/follow-ups/{row.pk}/done", {"outcome": "", "note": "rang twice"})
    assert answer.status_code == 422
    assert "rang twice" in answer.content.decode()
    assert client.post(f"/follow-ups/{row.pk}/done", {"outcome": "reached"}).status_code == 302
    assert "No open follow-ups" in client.get("/follow-ups").content.decode()


@pytest.mark.parametrize(("hour", "overdue"), [(22, False), (25, True)])
def test_overdue_is_told_by_the_site_s_clock(world, sign_in, hour, overdue):
    """Late in the evening in New York it is tomorrow in Greenwich."""
    missed_visit(world)
    create_follow_ups(now=NOW)
    with time_machine.travel(moment_of(TODAY, time(0), ZONE) + hour * HOUR, tick=False):
        page = sign_in(world.front_desk).get("/follow-ups").content.decode()
    assert (">overdue<" in page) == overdue
