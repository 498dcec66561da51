"""Whatever a patient wants of messages holds, and holds again just before sending."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as some

from common.errors import InvalidInput
from patients.actions.contacts import add_contact_point
from patients.enums import ContactKind
from reminders.enums import REMEDIES, ReminderStatus, SkipReason
from reminders.models import MessagePreferences, Reminder
from reminders.planning import plan_due_reminders
from reminders.quiet_hours import waking_hour
from reminders.sending import send_due_reminders
from tests.reminders.conftest import IN_TWO_DAYS
from tests.reminders.test_quiet_hours import ZONES
from tests.support.world import NOW, TODAY

HOUR = timedelta(hours=1)


@given(
    moment=some.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=some.just(UTC)),  # noqa: DTZ001
    hours=some.tuples(some.integers(8, 20), some.integers(9, 21)).filter(
        lambda two: two[0] < two[1]
    ),
    zone=some.sampled_from(ZONES),
)
def test_own_hours_hold_in_the_own_zone(moment, hours, zone):
    begins, ends = (time(hour) for hour in hours)
    woken = waking_hour(moment, zone, begins, ends)
    assert begins <= woken.astimezone(ZoneInfo(zone)).time() < ends
    assert woken >= moment


def test_a_patient_far_away_is_not_woken_by_the_site_s_morning(world, due, gateway):
    """Nine at the clinic is six in Los Angeles."""
    world.wishes(time_zone="America/Los_Angeles")
    early = datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("America/New_York"))
    assert send_due_reminders(now=early + timedelta(days=1)) == {"put off": 1}
    row = Reminder.objects.get()
    assert row.due_at == datetime(2026, 3, 4, 8, tzinfo=ZoneInfo("America/Los_Angeles"))


def test_planned_for_the_patient_s_own_hours(world):
    world.reachable()
    world.wishes(from_time=time(12), until_time=time(14))
    world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)
    assert Reminder.objects.get().due_at.astimezone(ZoneInfo("America/New_York")).hour == 12


def test_a_channel_that_is_not_wanted_gets_none(world):
    world.reachable()
    world.reachable(kind=ContactKind.EMAIL)
    world.wishes(by_email=False)
    world.book(IN_TWO_DAYS)
    assert plan_due_reminders(now=NOW) == 1
    assert Reminder.objects.get().channel == "sms"


def test_the_chosen_number_is_used_and_not_the_newest(world):
    world.reachable()
    chosen = world.patient.contact_points.get()
    _another(world)
    world.wishes(phone=chosen)
    world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)
    assert Reminder.objects.get().contact_point_id == chosen.pk


def _another(world):
    return add_contact_point(
        patient=world.patient,
        kind=ContactKind.PHONE,
        value="555 0101 999",
        may_send_messages=True,
        now=NOW,
        by=world.front_desk,
    )


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (lambda w: {"paused_until": TODAY + timedelta(days=1)}, SkipReason.PAUSED),
        (lambda w: {"by_sms": False}, SkipReason.NOT_WANTED),
        (lambda w: {"phone": _another(w)}, SkipReason.NUMBER_CHANGED),
    ],
)
def test_what_was_said_meanwhile_holds(world, due, gateway, wish, reason):
    world.wishes(**wish(world))
    assert send_due_reminders(now=NOW) == {"skipped": 1}
    row = Reminder.objects.get()
    assert (row.status, row.skip_reason) == (ReminderStatus.SKIPPED, reason)
    assert row.remedy
    assert gateway.sent == []


def test_a_pause_that_is_over_holds_nobody_back(world, due, gateway):
    world.wishes(paused_until=TODAY)
    assert send_due_reminders(now=NOW) == {"sent": 1}


def test_a_message_calls_them_as_they_want_to_be_called(world, due, gateway):
    world.wishes(alias="Nita")
    send_due_reminders(now=NOW)
    assert gateway.sent[0][1].startswith("Nita: You have an appointment")


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"from_time": time(7, 59)}, "from_time"),
        ({"until_time": time(21, 1)}, "from_time"),
        ({"from_time": time(12), "until_time": time(12)}, "from_time"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"alias": "Methadone man"}, "alias"),
        ({"alias": "N" * 21}, "alias"),
        ({"alias": "{0}"}, "alias"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(world, wishes, field):
    with pytest.raises(InvalidInput) as refused:
        world.wishes(**wishes)
    assert refused.value.field == field
    assert not MessagePreferences.objects.exists()


def test_somebody_else_s_number_is_refused(world):
    other = world.register("Other")
    world.reachable(other)
    with pytest.raises(InvalidInput):
        world.wishes(phone=other.contact_points.get())


def test_the_database_itself_keeps_the_night_quiet(world):
    world.wishes()
    with pytest.raises(IntegrityError), transaction.atomic():
        MessagePreferences.objects.update(from_time=time(6))


def test_every_reason_has_words_for_staff():
    assert set(REMEDIES) == set(SkipReason.values)


def test_the_page_keeps_what_was_typed(world, sign_in):
    client = sign_in(world.front_desk)
    address = f"/patients/{world.patient.pk}/messages"
    typed = {"by_sms": "on", "from_time": "06:00", "until_time": "18:00", "alias": "Nita"}
    refused = client.post(address, typed)
    assert refused.status_code == 422
    assert 'value="Nita"' in refused.content.decode()
    assert client.post(address, {**typed, "from_time": "09:00"}).status_code == 302
    row = MessagePreferences.objects.get()
    assert (row.by_sms, row.by_email, row.from_time) == (True, False, time(9))
    assert row.paused_until is None or isinstance(row.paused_until, date)
