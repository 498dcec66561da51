"""A week before a plan is reviewed, an order or a consent ends: "please call", and a follow-up for staff."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dispensary.actions.doses import give_dose
from dispensary.errors import NoActiveOrder
from patients.actions.consents import end_consent
from patients.enums import ConsentEnd
from reminders.enums import FollowUpReason, SkipReason, Step, Subject
from reminders.follow_ups import create_follow_ups
from reminders.models import FollowUp, Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from reminders.sources import expirations
from tests.support.consents import specific_consent
from tests.support.plans import plan_with_only
from tests.support.world import NOW, TODAY, ZONE
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import add_medication, begin_plan, close_plan
from treatments.enums import Product
from treatments.errors import PlanIncomplete
from treatments.models import Intervention, TreatmentPlan

DAY = timedelta(days=1)
ENDS = TODAY + 20 * DAY


def local(day, hour=13, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))


def run(first, last):
    for number in range((last - first).days + 1):
        now = local(first + DAY * number)
        plan_due_reminders(now=now)
        send_due_reminders(now=now)


def reviewed_on(world, day):
    draft = world.draft(world.admit())
    draft.review_date = day
    draft.save()
    return sign_plan(plan=draft, now=NOW, by=world.prescriber)


def ordered_until(world, day, now=NOW):
    """Signed, with film until that day beside what the draft has."""
    draft = world.draft(world.admit())
    draft.problems.get().goals.get().interventions.filter(arm="medication").delete()
    add_medication(
        goal=draft.problems.get().goals.get(),
        product=Product.BUPRENORPHINE_NALOXONE_FILM,
        dose_mg=Decimal(8),
        last_date=day,
        now=now,
        by=world.prescriber,
    )
    return sign_plan(plan=draft, now=now, by=world.prescriber)


def consent_until(world, day, **changes):
    return world.consent(**specific_consent(expiry_date=day, **changes))


STARTED = {
    Subject.PLAN_REVIEW: reviewed_on,
    Subject.ORDER_END: ordered_until,
    Subject.CONSENT_END: consent_until,
}


@pytest.mark.parametrize("kind", STARTED)
def test_a_week_before_one_message_that_asks_for_a_call(world, gateway, kind):
    world.reachable()
    STARTED[kind](world, ENDS)
    run(TODAY + 10 * DAY, ENDS + 2 * DAY)
    row = Reminder.objects.get()
    assert (row.subject_kind, row.step, row.status) == (kind, Step.SEVEN_DAYS, "sent")
    assert row.finished_at == local(ENDS - 7 * DAY)
    assert gateway.sent[0][1] == "Please call us. Harbor Office 555-0100"


@pytest.mark.parametrize(
    ("kind", "seen_by"),
    [
        (Subject.PLAN_REVIEW, {"prescriber", "nurse", "counsellor", "case_manager"}),
        (Subject.ORDER_END, {"prescriber", "nurse", "counsellor", "case_manager"}),
        (
            Subject.CONSENT_END,
            {"prescriber", "nurse", "counsellor", "case_manager", "front_desk"},
        ),
    ],
)
def test_seen_by_who_sees_the_thing_itself(world, gateway, kind, seen_by):
    world.reachable()
    STARTED[kind](world, ENDS)
    run(ENDS - 7 * DAY, ENDS - 7 * DAY)
    seen = {
        role.value
        for role, user in world.staff.items()
        if Reminder.objects.visible_to(user).exists()
    }
    assert seen == seen_by | {"clinical_director"}


def planned_now(world, kind):
    """Its message waits to be sent; the moment."""
    world.reachable()
    row = STARTED[kind](world, ENDS)
    now = local(ENDS - 6 * DAY)
    assert plan_due_reminders(now=now) == 1
    return row, now


def settled(now):
    assert send_due_reminders(now=now) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED


@pytest.mark.parametrize("kind", [Subject.PLAN_REVIEW, Subject.ORDER_END])
@pytest.mark.parametrize("is_closed", [True, False])
def test_the_next_version_or_the_end_of_the_plan_settles_it(world, gateway, kind, is_closed):
    plan, now = planned_now(world, kind)
    if is_closed:
        close_plan(plan=plan, now=now, by=world.prescriber)
    else:
        draft = begin_plan(episode=plan.episode, now=now, by=world.prescriber)
        sign_plan(plan=draft, now=now, by=world.prescriber)
    settled(now)


def test_a_consent_that_was_ended_is_settled(world, gateway):
    row, now = planned_now(world, Subject.CONSENT_END)
    end_consent(
        consent=row, reason=ConsentEnd.REVOKED, how="By letter", now=now, by=world.front_desk
    )
    settled(now)


@pytest.mark.parametrize(
    ("changes", "renews"),
    [
        ({"recipients": ["the officers of the drug court", "County Housing Office"]}, True),
        ({"expiration": "event", "expiry_date": None, "expiry_event": "The hearing"}, True),
        ({"recipients": ["Dr Lowe"]}, False),
        ({"expiry_date": ENDS - DAY}, False),
    ],
)
def test_a_later_one_to_the_same_recipients_renews_it(world, gateway, changes, renews):
    _, now = planned_now(world, Subject.CONSENT_END)
    later = {"expiry_date": ENDS + 90 * DAY, **changes}
    world.consent(**specific_consent(**later))
    if renews:
        settled(now)
    else:
        assert send_due_reminders(now=now) == {"sent": 1}
    reasons = FollowUpReason.CONSENT_ENDING
    create_follow_ups(now=now)
    assert FollowUp.objects.filter(reason=reasons).exists() != renews


# --- orders with an end --------------------------------------------------------------------------


def give_film(world, plan, day):
    return give_dose(
        episode=plan.episode,
        product=Product.BUPRENORPHINE_NALOXONE_FILM,
        amount_mg=Decimal(8),
        dose_date=day,
        now=local(day),
        by=world.nurse,
    )


def test_after_its_last_day_nothing_is_dispensed_from_an_order(world):
    plan = ordered_until(world, TODAY)
    order = Intervention.objects.get(goal__problem__plan=plan, arm="medication")
    assert str(order).endswith("daily, until 3 Mar 2026")
    give_film(world, plan, TODAY)
    with pytest.raises(NoActiveOrder):
        give_film(world, plan, TODAY + DAY)


def test_an_order_that_is_over_is_not_signed_again(world):
    plan = ordered_until(world, TODAY)
    later = NOW + 2 * DAY
    draft = begin_plan(episode=plan.episode, now=later, by=world.prescriber)
    with pytest.raises(PlanIncomplete, match="has ended"):
        sign_plan(plan=draft, now=later, by=world.prescriber)


def test_a_person_is_told_a_week_before_an_order_ends_and_also_afterwards(world):
    ordered_until(world, ENDS)
    assert create_follow_ups(now=local(ENDS - 8 * DAY)) == 0
    assert create_follow_ups(now=local(ENDS - 7 * DAY)) == 1
    assert create_follow_ups(now=local(ENDS)) == 0
    told = FollowUp.objects.get()
    assert (told.reason, told.due_date) == (FollowUpReason.ORDER_ENDING, ENDS)
    assert not FollowUp.objects.visible_to(world.front_desk).exists()


def test_a_clock_that_stood_still_over_the_end_of_an_order_loses_nobody(world):
    ordered_until(world, ENDS)
    assert create_follow_ups(now=local(ENDS + 5 * DAY)) == 1


def test_what_is_due_is_found_by_its_index(world):
    ordered_until(world, ENDS)
    days = (TODAY, TODAY + DAY)
    for index, rows in (
        ("plan_to_review", expirations.to_review(*days)),
        ("intervention_order_ends", expirations.orders_ending(*days)),
        ("consent_expiring", expirations.consents_ending(*days)),
    ):
        assert index in plan_with_only(index, rows)
    assert TreatmentPlan.objects.active().count() == 1
