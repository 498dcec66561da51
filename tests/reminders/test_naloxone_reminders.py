"""A month before the last kit expires one message, which asks for a call and does not say why."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispensary.actions.naloxone import record_naloxone_declined
from dispensary.models.naloxone import NaloxoneOffer
from reminders.enums import SkipReason, Step, Subject
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from tests.support import care_world as care
from tests.support.plans import plan_with_only
from tests.support.world import TODAY, ZONE

DAY = timedelta(days=1)
EXPIRES = TODAY + 400 * DAY


def local(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))


def run(days):
    for day in days:
        plan_due_reminders(now=local(day, 13))
        send_due_reminders(now=local(day, 13))


def test_thirty_days_before_it_expires_and_only_once(world, gateway):
    world.reachable()
    care.kit(world, expires_date=EXPIRES)
    run(EXPIRES - DAY * number for number in range(35, -3, -1))
    row = Reminder.objects.get()
    assert (row.subject_kind, row.step, row.status) == (
        Subject.NALOXONE,
        Step.THIRTY_DAYS,
        "sent",
    )
    assert row.finished_at == local(EXPIRES - 30 * DAY, 13)
    assert gateway.sent[0][1] == "Please call us. Harbor Office 555-0100"
    assert row in Reminder.objects.visible_to(world.nurse)
    assert row not in Reminder.objects.visible_to(world.front_desk)


def test_another_kit_is_what_counts_also_on_the_same_day(world, gateway):
    world.reachable()
    care.kit(world, expires_date=TODAY + 20 * DAY)
    assert plan_due_reminders(now=local(TODAY, 13)) == 1
    later = care.kit(world, expires_date=EXPIRES)
    assert send_due_reminders(now=local(TODAY, 13)) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED
    assert plan_due_reminders(now=local(TODAY, 14)) == 0
    run([EXPIRES - 30 * DAY])
    assert Reminder.objects.get(status="sent").subject_id == later.pk


def test_declined_since_then_settles_it(world, gateway):
    world.reachable()
    care.kit(world, expires_date=TODAY + 20 * DAY)
    now = local(TODAY, 13)
    plan_due_reminders(now=now)
    record_naloxone_declined(patient=world.patient, declined_date=TODAY, now=now, by=world.nurse)
    assert send_due_reminders(now=now) == {"skipped": 1}
    assert Reminder.objects.get().skip_reason == SkipReason.SETTLED


def test_what_is_due_is_found_by_its_index(world):
    care.kit(world)
    due = NaloxoneOffer.objects.latest_given().filter(expires_date__range=(TODAY, TODAY + DAY))
    assert "naloxone_expiring" in plan_with_only("naloxone_expiring", due)
