"""Where somebody is signed in, and everything that ends it."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from access.actions.accounts import set_account_active
from access.actions.passwords import reset_password
from access.actions.roles import confirm_role, withdraw_role
from access.actions.sessions import end_session, sign_out_elsewhere
from access.auth.sessions import browser_words, open_sessions, tidy_sessions
from access.enums import Role
from access.models import AuditEntry, StaffSession
from common.errors import NotFound
from tests.support.action_cases import proposed
from tests.support.world import NOW, PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"


@pytest.fixture
def at_a_screen(world):
    """A browser in which the nurse has signed in by the page, as a person does."""

    def enter(browser: str = FIREFOX, user=None) -> Client:
        client = Client(headers={"user-agent": browser})
        form = {"username": (user or world.nurse).email, "password": PASSWORD}
        assert client.post("/sign-in", form).status_code == 302
        return client

    return enter


def is_signed_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("words", "user_agent"),
    [
        ("Firefox on Windows", FIREFOX),
        ("Edge on Windows", EDGE),
        ("Safari on iOS", IPHONE),
        ("A browser", ""),
    ],
)
def test_a_screen_is_told_by_its_browser(words, user_agent):
    assert browser_words(user_agent) == words


def test_one_sees_one_s_own_sessions_and_no_other(world, at_a_screen):
    here = at_a_screen()
    at_a_screen(EDGE)
    at_a_screen(IPHONE, world.prescriber)
    page = here.get("/account").content.decode()
    assert "Firefox on Windows" in page
    assert "Edge on Windows" in page
    assert "Safari on iOS" not in page
    assert len(re.findall(">this session<", page)) == 1


def test_one_ends_a_session_elsewhere(world, at_a_screen):
    here, there = at_a_screen(), at_a_screen(EDGE)
    row = world.nurse.staff_sessions.get(browser="Edge on Windows")
    assert here.post(f"/account/sessions/{row.pk}/end").status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_somebody_else_s_session_does_not_exist(world, at_a_screen):
    here, theirs = at_a_screen(), at_a_screen(EDGE, world.prescriber)
    row = world.prescriber.staff_sessions.get()
    assert here.post(f"/account/sessions/{row.pk}/end").status_code == 404
    with pytest.raises(NotFound):
        end_session(session=row, now=NOW, by=world.nurse)
    assert is_signed_in(theirs)


def test_signing_out_everywhere_else(world, at_a_screen):
    here, there, phone = at_a_screen(), at_a_screen(EDGE), at_a_screen(IPHONE)
    here.post("/account/sign-out-elsewhere")
    assert [is_signed_in(client) for client in (here, there, phone)] == [True, False, False]
    assert AuditEntry.objects.filter(action="sign out elsewhere").count() == 1


def test_signing_out_takes_it_off_the_list(world, at_a_screen):
    here, there = at_a_screen(), at_a_screen(EDGE)
    there.post("/sign-out")
    assert "Edge" not in here.get("/account").content.decode()


ENDINGS = {
    "disabled": lambda w, by: set_account_active(user=w.nurse, active=False, now=NOW, by=by),
    "a role more": lambda w, by: confirm_role(
        proposal=proposed(w, w.nurse, Role.COUNSELOR),
        now=NOW,
        by=w.privacy_officer,
    ),
    "a role less": lambda w, by: withdraw_role(
        assignment=w.nurse.role_assignments.get(), now=NOW, by=by
    ),
    "a new password": lambda w, by: reset_password(user=w.nurse, now=NOW, by=by),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_every_session_of_an_account(world, at_a_screen, ending):
    screens = [at_a_screen(), at_a_screen(EDGE)]
    bystander = at_a_screen(user=world.prescriber)
    assert all(map(is_signed_in, screens))
    ENDINGS[ending](world, world.system_administrator)
    assert not any(map(is_signed_in, screens))
    assert is_signed_in(bystander)


def test_a_disabled_account_that_is_enabled_again_has_no_old_session(world, at_a_screen):
    screen, by = at_a_screen(), world.system_administrator
    for active in (False, True):
        set_account_active(user=world.nurse, active=active, now=NOW, by=by)
    assert not is_signed_in(screen)


def test_a_session_that_the_store_has_lost_is_not_listed(world, at_a_screen):
    at_a_screen()
    assert len(open_sessions(user=world.nurse, this=None, now=timezone.now())) == 1
    Session.objects.all().delete()
    assert open_sessions(user=world.nurse, this=None, now=timezone.now()) == []


def test_what_is_over_is_forgotten(world, at_a_screen):
    here = at_a_screen()
    at_a_screen(EDGE)
    old = world.nurse.staff_sessions.get(browser="Edge on Windows").session_key
    Session.objects.filter(session_key=old).update(expire_date=NOW)
    assert tidy_sessions(now=timezone.now()) == 1
    assert StaffSession.objects.count() == 1
    assert is_signed_in(here)


def test_no_session_to_keep_ends_them_all(world, at_a_screen):
    screens = [at_a_screen(), at_a_screen(EDGE)]
    assert sign_out_elsewhere(keep="", now=NOW, by=world.nurse) == 2
    assert not any(map(is_signed_in, screens))
