"""The calendar's pages: what they show, what they refuse, and the two doors without a session."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from access.enums import Role
from access.models import AuditEntry
from appointments.actions.calendar_feeds import make_calendar_feed
from appointments.models import Appointment, AppointmentSeries, GroupSession, KioskDevice, Room
from common.time_zones import moment_of
from dashboard.views.kiosks import COOKIE, MOST_WRONG
from tests.guards.test_routes import without_token
from tests.support import calendar_world as calendar
from tests.support.calendar_world import FAR, MEETING
from tests.support.world import NOW, TODAY, ZONE, World, make_user

LATER = NOW + timedelta(days=2)
THURSDAY = "2026-03-05"


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (f"view=day&day={THURSDAY}", True),
        (f"view=day&day={THURSDAY}&by=room", False),
        (f"view=week&day={THURSDAY}", True),
        ("view=week&day=2026-03-12", False),
        ("view=day&day=never&with=abc&room=%00", False),
    ],
)
def test_day_and_week(world: World, sign_in, query, shown):
    world.book(LATER)
    calendar.session(world, starts_at=MEETING)
    page = sign_in(world.counselor).get(f"/calendar?{query}").content.decode()
    assert ("Rivera" in page) == ("Evening group" in page) == shown


def test_by_room(world: World, sign_in):
    room = Room.objects.create(site=world.here, name="Blue room")
    visit = world.book(LATER)
    Appointment.objects.filter(pk=visit.pk).update(room=room)
    client = sign_in(world.front_desk)
    assert "Rivera" in client.get(f"/calendar?day={THURSDAY}&by=room").content.decode()
    other = Room.objects.create(site=world.here, name="Red room")
    page = client.get(f"/calendar?view=week&day={THURSDAY}&room={other.pk}").content.decode()
    assert "Rivera" not in page


def test_a_month_counts_and_reads_nobody_s_record(world: World, sign_in):
    world.book(LATER)
    calendar.closure(world, TODAY + timedelta(days=9), name="Stock-taking")
    client = sign_in(world.front_desk)
    read = AuditEntry.objects.filter(kind="read").count()
    page = client.get(f"/calendar?view=month&day={THURSDAY}").content.decode()
    assert "<strong" in page
    assert "Stock-taking" in page
    assert AuditEntry.objects.filter(kind="read").count() == read


def test_a_day_is_as_many_queries_however_much_is_booked(
    world: World, sign_in, django_assert_max_num_queries
):
    for number in range(12):
        who = make_user(f"P{number}", Role.COUNSELOR, world.here)
        world.book(LATER, patient=world.register(f"Person{number}"), practitioner=who)
        calendar.away(world, NOW + timedelta(days=2, hours=3), practitioner=who)
    client = sign_in(world.front_desk)
    client.get("/account")
    with django_assert_max_num_queries(20):
        assert "Person11" in client.get(f"/calendar?day={THURSDAY}").content.decode()


def test_dropped_where_it_cannot_be_it_stays_and_the_page_says_why(world: World, sign_in):
    visit = world.book(LATER)
    world.book(LATER + timedelta(hours=2), patient=world.register("Second"))
    client = sign_in(world.front_desk)
    typed = {"day": THURSDAY, "clock": "12:00", "shown-view": "day", "shown-day": THURSDAY}
    answer = client.post(f"/appointments/{visit.pk}/move-to", typed)
    assert answer["Location"] == f"/calendar?site=harbor&view=day&day={THURSDAY}"
    page = client.get(answer["Location"]).content.decode()
    assert "already has an appointment at that time" in page
    visit.refresh_from_db()
    assert visit.starts_at == LATER
    client.post(f"/appointments/{visit.pk}/move-to", {**typed, "clock": "14:00"})
    visit.refresh_from_db()
    assert visit.starts_at == moment_of(LATER.date(), time(14), ZONE)
    client.post(f"/appointments/{visit.pk}/move-to", {"day": "x", "clock": "y"})
    visit.refresh_from_db()
    assert visit.version == 2


def test_a_series_is_proposed_and_booked_as_it_was_shown(world: World, sign_in):
    calendar.closure(world, FAR + timedelta(days=7))
    client = sign_in(world.front_desk)
    address = f"/patients/{world.patient.pk}/series"
    typed = {
        "type": world.visit_type.pk,
        "practitioner": world.counselor.pk,
        "start_date": FAR.isoformat(),
        "starts_time": "09:00",
        "how_often": "weekly",
        "weekdays": ["0"],
        "count": "3",
    }
    page = client.post(address, typed).content.decode()
    assert "3 appointments, 1 conflict" in page
    assert "The site is closed on that day." in page
    refused = client.post(address, {**typed, "book": "1"})
    assert refused.status_code == 422
    assert "30 Mar 2026: The site is closed on that day" in refused.content.decode()
    assert AppointmentSeries.objects.count() == 0
    answer = client.post(
        address, {**typed, "leave_out": ["2026-03-30"], "clock-2026-04-06": "11:30", "book": "1"}
    )
    assert answer.status_code == 302
    starts = [visit.starts_at for visit in Appointment.objects.order_by("starts_at")]
    assert starts == [
        moment_of(FAR, time(9), ZONE),
        moment_of(FAR + timedelta(days=14), time(11, 30), ZONE),
    ]


def test_a_seat_by_record_number(world: World, sign_in):
    session = calendar.session(world)
    client = sign_in(world.front_desk)
    assert client.post(f"/groups/{session.pk}", {"record_number": "\x00"}).status_code == 422
    for number in (world.other_patient.record_number, "none"):
        answer = client.post(f"/groups/{session.pk}", {"record_number": number})
        assert answer.status_code == 422
        assert "No patient with this record number" in answer.content.decode()
    client.post(f"/groups/{session.pk}", {"record_number": world.patient.record_number})
    assert GroupSession.objects.get().seats_taken == 1
    assert "Rivera" in client.get(f"/groups/{session.pk}").content.decode()


def test_what_is_booked_while_somebody_is_away_is_shown(world: World, sign_in):
    world.book(NOW + timedelta(days=2))
    client = sign_in(world.clinical_director)
    assert "Booked while closed or away" not in client.get("/hours").content.decode()
    calendar.away(world, NOW + timedelta(days=2))
    page = client.get("/hours").content.decode()
    assert "Booked while closed or away" in page
    assert "Rivera" in page


def test_a_practitioner_takes_their_own_time_away_and_nobody_else_s(world: World, sign_in):
    client = sign_in(world.counselor)
    typed = {"from_date": THURSDAY, "last_date": THURSDAY, "reason": "leave"}
    refused = client.post("/hours/away", {**typed, "practitioner": world.nurse.pk})
    assert refused.status_code == 422
    assert (
        client.post("/hours/away", {**typed, "practitioner": world.counselor.pk}).status_code == 302
    )
    assert sign_in(world.front_desk).get("/hours/away").status_code == 404


# --- doors ---------------------------------------------------------------------------------------


def test_a_feed_opens_without_a_session_by_its_secret_alone(world: World, client):
    world.book(LATER)
    _, secret = make_calendar_feed(now=NOW, by=world.counselor)
    answer = client.get(f"/calendar/{secret}.ics")
    assert answer["Content-Type"] == "text/calendar"
    assert b"SUMMARY:Appointment" in answer.content
    assert b"Rivera" not in answer.content
    assert client.get(f"/calendar/{secret[:-1]}.ics").status_code == 404


def test_an_address_of_a_feed_is_shown_once(world: World, sign_in):
    client = sign_in(world.counselor)
    assert "/calendar/" in client.post("/account/calendar").content.decode()
    assert ".ics" not in client.get("/account/calendar").content.decode()


@pytest.fixture
def screen(world: World):
    cache.clear()
    _, secret = calendar.kiosk_link(world)
    client = Client()
    link = reverse("dashboard:enroll_screen", args=[secret])
    assert client.get(link).status_code == 200
    answer = client.post(link)
    assert answer["Location"] == "/check-in"
    assert Client().post(link).status_code == 404, "a link works once"
    cookie = answer.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    return client


def type_in(screen: Client, code: str, birth_date: str = "1990-05-17"):
    return screen.post("/check-in", {"code": code, "birth_date": birth_date})


def test_a_screen_checks_in_and_shows_nothing(world: World, screen):
    visit = world.book(NOW + timedelta(minutes=20))
    wrong = type_in(screen, visit.check_in_code, "1990-05-18")
    assert wrong.status_code == 422
    right = type_in(screen, visit.check_in_code)
    assert "Thank you" in right.content.decode()
    for answer in (wrong, right):
        text = answer.content.decode()
        assert visit.check_in_code not in text
        assert "Rivera" not in text
        assert "1990" not in text
    visit.refresh_from_db()
    assert visit.status == "arrived"


def test_every_wrong_input_has_one_page(world: World, screen):
    visit = world.book(NOW + timedelta(minutes=20))
    pages = {
        without_token(type_in(screen, code, born))
        for code, born in (
            ("000000", "1990-05-17"),
            (visit.check_in_code, "1990-05-18"),
            ("", ""),
            ("x" * 400, "never"),
        )
    }
    assert len(pages) == 1


def test_a_screen_that_is_guessed_at_sends_everybody_to_the_desk(world: World, screen):
    visit = world.book(NOW + timedelta(minutes=20))
    for _ in range(MOST_WRONG):
        type_in(screen, "999999", "1990-05-18")
    assert "ask at the front desk" in type_in(screen, visit.check_in_code).content.decode()
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_a_browser_with_a_session_is_no_screen(world: World, screen):
    screen.force_login(world.nurse)
    assert screen.get("/check-in").status_code == 409
    _, secret = calendar.kiosk_link(world)
    answer = screen.post(f"/check-in/{secret}")
    assert answer.status_code == 409
    assert COOKIE not in answer.cookies


def test_a_revoked_screen_opens_nothing(world: World, screen, sign_in):
    sign_in(world.clinical_director).post(f"/screens/{KioskDevice.objects.get().pk}/end")
    assert screen.get("/check-in").status_code == 404
    assert Client().get("/check-in").status_code == 404
