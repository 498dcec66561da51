"""A screen that is left alone closes itself."""

import time_machine
from django.conf import settings

from tests.world import NOW

AT = NOW.timestamp()


def test_fifteen_minutes_without_a_click_end_the_session(world, sign_in):
    client = sign_in(world.nurse)
    with time_machine.travel(AT, tick=False):
        assert client.get("/patients").status_code == 200
    with time_machine.travel(AT + 15 * 60, tick=False):
        assert client.get("/patients").status_code == 200
    with time_machine.travel(AT + 31 * 60, tick=False):
        answer = client.get("/patients")
        assert answer.headers["Location"] == "/sign-in?next=%2Fpatients"
        page = client.get("/sign-in").content.decode()
        assert "signed out after 15 minutes" in page
        assert client.get("/patients").headers["Location"].startswith("/sign-in")


def test_clicks_keep_it_open_but_do_not_all_write(world, sign_in, django_assert_num_queries):
    client = sign_in(world.front_desk)
    with time_machine.travel(AT, tick=False):
        client.get("/schedule")
        key = client.session.session_key
    for minute in range(1, 120, 10):
        with time_machine.travel(AT + minute * 60, tick=False):
            assert client.get("/schedule").status_code == 200
    assert client.session.session_key == key
    assert settings.SESSION_IDLE_SECONDS == 900


def test_the_admin_and_the_api_close_too(world, sign_in):
    for address, then in (("/admin/", 302), ("/api/v1/patients", 401)):
        client = sign_in(world.nurse)
        with time_machine.travel(AT, tick=False):
            assert client.get(address).status_code == 200
        with time_machine.travel(AT + 16 * 60, tick=False):
            assert client.get(address).status_code == then


def test_twelve_hours_end_it_however_busy(world, sign_in):
    client = sign_in(world.nurse)
    for minute in range(0, 12 * 60 + 1, 10):
        with time_machine.travel(AT + minute * 60, tick=False):
            assert client.get("/patients").status_code == 200
    with time_machine.travel(AT + 12 * 3600 + 300, tick=False):
        assert client.get("/patients").headers["Location"].startswith("/sign-in")
        assert "after 12 hours" in client.get("/sign-in").content.decode()


def test_typing_is_as_good_as_a_click_and_asks_little(world, sign_in):
    client = sign_in(world.counsellor)
    for minute in range(0, 60, 10):
        with time_machine.travel(AT + minute * 60, tick=False):
            answer = client.get("/still-here")
            assert (answer.status_code, answer.content) == (204, b"")
    with time_machine.travel(AT + 62 * 60, tick=False):
        assert client.get("/patients").status_code == 200
