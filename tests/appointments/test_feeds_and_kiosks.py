"""Check-in devices that reveal nothing, and calendars that name nobody."""

from datetime import date, timedelta

import pytest
from icalendar import Calendar

from access.actions.accounts import service_account
from access.models import AuditEntry
from appointments.actions.calendar_feeds import make_calendar_feed, revoke_calendar_feed
from appointments.actions.kiosks import arrive_by_code, revoke_kiosk
from appointments.calendar_feeds import read_feed
from appointments.enums import AppointmentStatus
from appointments.errors import AskAtTheDesk
from appointments.kiosks import kiosk_of
from appointments.models import Appointment, CalendarFeed, KioskDevice
from common.errors import NotFound
from tests.support import calendar_world as calendar
from tests.support.world import NOW

SOON = NOW + timedelta(minutes=20)


def arrive(world, device, code, birth_date=date(1990, 5, 17), now=NOW) -> None:
    by = service_account("check-in device", now=NOW)
    arrive_by_code(device=device, code=code, birth_date=birth_date, now=now, by=by)


def test_code_and_birth_date_check_in(world):
    device, _ = calendar.kiosk(world)
    visit = world.book(SOON)
    arrive(world, device, visit.check_in_code)
    visit.refresh_from_db()
    assert (visit.status, visit.arrived_at) == (AppointmentStatus.ARRIVED, NOW)
    row = AuditEntry.objects.get(action="check in")
    assert row.detail == {"device": device.pk}
    assert visit.check_in_code not in str(row.__dict__)


def test_every_wrong_thing_has_one_answer(world):
    device, _ = calendar.kiosk(world)
    visit = world.book(SOON)
    tomorrow = world.book(NOW + timedelta(days=1))
    there = calendar.kiosk(world)[0]
    KioskDevice.objects.filter(pk=there.pk).update(site=world.there)
    there.refresh_from_db()
    revoked, _ = calendar.kiosk(world)
    revoke_kiosk(device=revoked, now=NOW, by=world.clinical_director)
    revoked.refresh_from_db()
    born = date(1990, 5, 17)
    Appointment.objects.filter(pk=tomorrow.pk).update(check_in_code="111111")
    told = set()
    for which, code, birth_date in (
        (device, "000000" if visit.check_in_code != "000000" else "000001", born),
        (device, visit.check_in_code, date(1990, 5, 18)),
        (device, "111111", born),
        (device, "", born),
        (there, visit.check_in_code, born),
        (revoked, visit.check_in_code, born),
    ):
        with pytest.raises(AskAtTheDesk) as refused:
            arrive(world, which, code, birth_date)
        told.add(str(refused.value))
    assert told == {"That did not work. Please ask at the front desk."}
    arrive(world, device, visit.check_in_code)
    with pytest.raises(AskAtTheDesk):
        arrive(world, device, visit.check_in_code)


def test_codes_are_once_among_the_expected_of_a_site(world):
    from django.db import IntegrityError, transaction

    visit, other = world.book(SOON), world.book(NOW + timedelta(days=2))
    with pytest.raises(IntegrityError, match="check_in_code_once"), transaction.atomic():
        Appointment.objects.filter(pk=other.pk).update(check_in_code=visit.check_in_code)
    assert len(visit.check_in_code) == 6
    Appointment.objects.filter(pk=visit.pk).update(status="no_show")
    Appointment.objects.filter(pk=other.pk).update(check_in_code=visit.check_in_code)


def test_only_a_secret_opens_a_device(world):
    device, secret = calendar.kiosk(world)
    assert kiosk_of(secret=secret) == device
    assert secret not in str(KioskDevice.objects.values().get())
    revoke_kiosk(device=device, now=NOW, by=world.clinical_director)
    for wrong in (secret, "", "x"):
        with pytest.raises(NotFound):
            kiosk_of(secret=wrong)


def test_a_feed_says_when_and_nothing_of_whom(world):
    visit = world.book(NOW + timedelta(days=1))
    calendar.session(world)
    calendar.away(world)
    calendar.offer(world)
    world.book(NOW + timedelta(days=1), patient=world.register("Second"), practitioner=world.nurse)
    feed, secret = make_calendar_feed(now=NOW, by=world.counselor)
    text = read_feed(secret=secret, now=NOW).decode()
    events = list(Calendar.from_ical(text).walk("VEVENT"))
    assert sorted(str(event["summary"]) for event in events) == [
        "Appointment",
        "Busy",
        "Busy",
        "Group",
    ]
    (told,) = (event for event in events if event["summary"] == "Appointment")
    assert told.decoded("dtstart") == visit.starts_at
    for word in ("Rivera", "Ana", "Counseling", "Evening", world.patient.record_number, "harbor"):
        assert word.lower() not in text.lower()
    feed.refresh_from_db()
    assert feed.last_used_at == NOW


def test_a_feed_ends(world):
    feed, secret = make_calendar_feed(now=NOW, by=world.counselor)
    _, second = make_calendar_feed(now=NOW, by=world.counselor)
    with pytest.raises(NotFound):
        read_feed(secret=secret, now=NOW)
    with pytest.raises(NotFound):
        revoke_calendar_feed(feed=feed, now=NOW, by=world.nurse)
    newest = CalendarFeed.objects.latest("pk")
    revoke_calendar_feed(feed=newest, now=NOW, by=world.counselor)
    with pytest.raises(NotFound):
        read_feed(secret=second, now=NOW)


def test_the_feed_of_somebody_who_left_is_shut(world):
    _, secret = make_calendar_feed(now=NOW, by=world.counselor)
    world.counselor.is_active = False
    world.counselor.save()
    with pytest.raises(NotFound):
        read_feed(secret=secret, now=NOW)
