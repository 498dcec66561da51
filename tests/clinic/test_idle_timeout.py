"""A screen that is left alone closes itself."""

from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory

from access.auth.login_throttle import MOST_FOR_ACCOUNT
from access.models import AuditEntry, User
from dashboard.known_devices import COOKIE, remember_browser
from patients.models import ContactPoint
from tests.support.auth import code_of, give_app
from tests.support.world import NOW, PASSWORD

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
        assert "at most 12 hours" in client.get("/sign-in").content.decode()


def test_typing_is_as_good_as_a_click_and_asks_little(world, sign_in):
    client = sign_in(world.counselor)
    for minute in range(0, 60, 10):
        with time_machine.travel(AT + minute * 60, tick=False):
            answer = client.get("/still-here")
            assert (answer.status_code, answer.content) == (204, b"")
    with time_machine.travel(AT + 62 * 60, tick=False):
        assert client.get("/patients").status_code == 200


# --- a form that comes too late ------------------------------------------------------------------

TYPED = {"kind": "email", "value": "late.work@example.org", "label": "my “own”, <b>really</b>"}


def post(client: Client, address: str, fields: dict[str, str]) -> Any:
    """As a browser does."""
    return client.post(address, urlencode(fields), "application/x-www-form-urlencoded")


@pytest.fixture
def late(world, sign_in):
    """A form that the front desk posts a minute after its session was over: page, address, client."""
    cache.clear()
    client = sign_in(world.front_desk)
    address = f"/patients/{world.patient.pk}/contact"
    with time_machine.travel(AT, tick=False):
        assert client.get(address).status_code == 200
    with time_machine.travel(AT + 16 * 60, tick=False):
        page = post(client, address, TYPED)
        assert page.status_code == 200
        assert page["Cache-Control"] == "no-store"
        assert "_auth_user_id" not in client.session
        yield page, address, client


def carried(page) -> dict[str, str]:
    return dict(page.context["carried"])


def saved() -> bool:
    return TYPED["value"] in {row.value for row in ContactPoint.objects.all()}


def test_what_was_typed_goes_on_after_signing_in_again(late, world):
    page, address, client = late
    assert "You were signed out" in page.content.decode()
    assert not saved()
    fields = carried(page)
    assert fields.items() > TYPED.items()
    wrong = post(client, address, {**fields, "proof-password": "not the password"})
    assert (wrong.status_code, saved()) == (422, False)
    assert carried(wrong).items() > TYPED.items()
    done = post(client, address, {**carried(wrong), "proof-password": PASSWORD})
    assert (done.status_code, saved()) == (302, True)
    assert client.get("/schedule").status_code == 200
    actions = AuditEntry.objects.filter(actor_id=world.front_desk.pk).values_list(
        "action", flat=True
    )
    assert {"failed sign-in", "sign in"} <= set(actions)


def test_a_stranger_at_the_same_address_does_not_eat_what_was_typed(late, world):
    """The waiting room guesses at the door; the colleague's own browser is counted by itself."""
    page, address, client = late
    known_browser(client, world.front_desk)
    stranger = Client()
    for _ in range(MOST_FOR_ACCOUNT):
        stranger.post("/sign-in", {"username": world.front_desk.email, "password": "a guess"})
    done = post(client, address, {**carried(page), "proof-password": PASSWORD})
    assert (done.status_code, saved()) == (302, True)


def known_browser(client: Client, user: User) -> None:
    """The cookie that signing in through the page leaves."""
    answer = HttpResponse()
    remember_browser(RequestFactory().get("/"), answer, user)
    client.cookies[COOKIE] = answer.cookies[COOKIE].value


def test_it_goes_on_for_nobody_else(late, world):
    page, address, client = late
    fields = carried(page)
    for changed in ({"proof-account": "forged"}, {"proof-account": ""}):
        answer = post(client, address, {**fields, **changed, "proof-password": PASSWORD})
        assert answer.headers["Location"] == "/sign-in"
    elsewhere = post(client, "/patients/new", {**fields, "proof-password": PASSWORD})
    assert elsewhere.headers["Location"] == "/sign-in"
    world.front_desk.is_active = False
    world.front_desk.save()
    answer = post(client, address, {**fields, "proof-password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in"
    assert not saved()


def test_who_has_a_second_factor_shows_it_here_too(late, world):
    page, address, client = late
    secret = give_app(world.front_desk)
    fields = carried(page)
    for code in ("", "000000"):
        answer = post(client, address, {**fields, "proof-password": PASSWORD, "proof-code": code})
        assert (answer.status_code, saved()) == (422, False)
        assert "_auth_user_id" not in client.session
    answer = post(
        client, address, {**fields, "proof-password": PASSWORD, "proof-code": code_of(secret)}
    )
    assert (answer.status_code, saved()) == (302, True)


def test_only_our_own_forms_are_carried(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.front_desk)
    address = f"/patients/{world.patient.pk}/contact"
    with time_machine.travel(AT, tick=False):
        assert client.get(address).status_code == 200
    with time_machine.travel(AT + 16 * 60, tick=False):
        forged = post(client, address, TYPED)
        assert forged.status_code == 403
        assert TYPED["value"] not in forged.content.decode()


def test_after_twelve_hours_nothing_is_carried(world, sign_in):
    client = sign_in(world.front_desk)
    address = f"/patients/{world.patient.pk}/contact"
    with time_machine.travel(AT, tick=False):
        client.get(address)
    with time_machine.travel(AT + 13 * 3600, tick=False):
        assert post(client, address, TYPED).headers["Location"].startswith("/sign-in")
