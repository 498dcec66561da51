"""Staff see what was sent, what was not and why, what to do, and what it is good for."""

from datetime import timedelta

import pytest

from appointments.actions.booking import cancel_appointment
from appointments.actions.check_in import complete_appointment, mark_arrived
from appointments.actions.no_shows import mark_no_show
from appointments.enums import CancelledBy
from appointments.models import Appointment
from patients.models import ContactPoint
from reminders.enums import ReminderStatus, SkipReason
from reminders.models import IncomingText, JobRun, Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from reminders.statistics import Share, difference, figures
from tests.reminders.conftest import IN_TWO_DAYS
from tests.support.world import NOW, TODAY

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def skipped(world, due, gateway):
    cancel_appointment(
        appointment=due, cancelled_by=CancelledBy.PATIENT, reason="Shift", now=NOW, by=world.nurse
    )
    send_due_reminders(now=NOW)
    return Reminder.objects.get()


def test_each_message_tells_its_life_and_what_to_do(world, due, gateway, sign_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    world.wishes(paused_until=TODAY + DAY)
    send_due_reminders(now=NOW)
    row = Reminder.objects.get()
    page = sign_in(world.front_desk).get(f"/reminders/{row.pk}").content.decode()
    assert "The patient paused all messages." in page
    assert "Call if it cannot wait" in page
    assert "Planned" in page


def test_the_outbox_is_narrowed_by_what_is_asked(world, skipped, sign_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    client = sign_in(world.front_desk)
    day = skipped.due_at.date().isoformat()
    for query in ("reason=cancelled", "channel=sms", f"day={day}", "site=harbor", "status=skipped"):
        assert "Rivera" in client.get(f"/reminders?{query}").content.decode(), query
    for query in ("reason=moved", "channel=email", "day=2020-01-01", "status=sent"):
        assert "Rivera" not in client.get(f"/reminders?{query}").content.decode(), query


def test_uncertain_ones_are_pointed_at(world, due, gateway, sign_in):
    client = sign_in(world.front_desk)
    assert "may or may not have been sent" not in client.get("/reminders").content.decode()
    gateway.failure = TimeoutError()
    send_due_reminders(now=NOW)
    assert "1 may or may not have been sent" in client.get("/reminders").content.decode()


def test_the_button_plans_and_sends_without_a_worker(world, sign_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    world.reachable()
    world.book(IN_TWO_DAYS)
    assert sign_in(world.nurse).post("/reminders/run").status_code == 403
    assert sign_in(world.front_desk).post("/reminders/run").status_code == 302
    assert Reminder.objects.get().status == ReminderStatus.SENT
    assert set(JobRun.objects.values_list("name", flat=True)) == {
        "plan reminders",
        "send reminders",
    }


# --- figures ---------------------------------------------------------------------------------------


def test_intervals_are_the_published_ones():
    """Newcombe 1998, table II: (a) 56/70 less 48/80, method 10; and Wilson's for 81/263 (1998a)."""
    found = difference(Share(56, 70), Share(48, 80))
    assert found is not None
    assert (round(found.share, 4), round(found.low, 4), round(found.high, 4)) == (
        0.2,
        0.0524,
        0.3339,
    )
    low, high = Share(81, 263).interval or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert difference(Share(0, 0), Share(1, 2)) is None


def test_figures_count_visits_that_were_kept_or_missed(world, gateway):
    world.reachable()
    kept = world.book(NOW + 2 * DAY)
    plan_due_reminders(now=NOW)
    send_due_reminders(now=NOW)
    lonely = world.register("Lonely")
    missed = world.book(NOW + 2 * DAY + 2 * HOUR, patient=lonely)
    later = NOW + 2 * DAY + 3 * HOUR
    mark_no_show(appointment=missed, now=later, by=world.front_desk)
    mark_arrived(appointment=kept, now=later, by=world.front_desk)
    complete_appointment(appointment=kept, now=later, by=world.front_desk)
    found = figures(sites=[world.here.pk], now=later)
    assert (found.missed_with, found.missed_without) == (Share(0, 1), Share(1, 1))
    assert found.difference is not None
    assert not found.difference.is_clear
    assert figures(sites=[world.there.pk], now=later).missed_with == Share(0, 0)
    assert Appointment.objects.count() == 2


def _told(world, subject: int, step: str, kind: str = "appointment", **more) -> Reminder:
    """A text that was sent, as its row stands afterwards."""
    points = ContactPoint.objects.filter(patient=world.patient)
    if not points.exists():
        world.reachable()
    known = {"status": "sent", "delivery": "", **more}
    return Reminder.objects.create(
        patient=world.patient,
        site=world.here,
        contact_point=points.get(),
        subject_kind=kind,
        subject_id=subject,
        subject_version=1,
        step=step,
        channel="sms",
        due_at=NOW - DAY,
        claimed_at=NOW - DAY,
        handed_over_at=NOW - DAY,
        finished_at=NOW - DAY,
        recorded_at=NOW - DAY,
        **known,
    )


def test_what_was_not_delivered_counts_against_it(world):
    """Nine delivered and one not are 90 %, though that one has failed since."""
    kinds = [("delivered", "sent", 9), ("undelivered", "failed", 1), ("", "sent", 2)]
    for delivery, status, count in kinds:
        for number in range(count):
            subject = 1000 * len(delivery) + number
            _told(world, subject, "one_day", status=status, delivery=delivery)
    found = figures(sites=[world.here.pk], now=NOW)
    assert (found.delivered, found.unreported) == (Share(9, 10), 2)


def test_a_visit_is_confirmed_once_however_often_it_was_told(world):
    """Two steps are two texts and one visit; what asks to call is no visit to confirm."""
    told = [_told(world, 7, "three_days"), _told(world, 7, "one_day")]
    _told(world, 8, "three_days")
    _told(world, 9, "seven_days", kind="plan_review")
    for number, row in enumerate(told):
        IncomingText.objects.create(
            gateway_reference=f"SM{number}",
            patient=world.patient,
            reminder=row,
            number="+14135550100",
            received_at=NOW,
            meaning="confirm",
            recorded_at=NOW,
        )
    assert figures(sites=[world.here.pk], now=NOW + HOUR).confirmed == Share(1, 2)


def test_the_page_says_that_it_is_no_experiment(world, sign_in):
    page = sign_in(world.clinical_director).get("/reminders/figures").content.decode()
    assert "This is not an experiment" in page
    assert sign_in(world.front_desk).get("/reminders/figures").status_code == 403


def test_every_reason_is_shown_with_its_words(world, skipped, sign_in):
    client = sign_in(world.front_desk)
    for reason in SkipReason:
        Reminder.objects.update(skip_reason=reason)
        assert reason.label in client.get(f"/reminders/{skipped.pk}").content.decode()
