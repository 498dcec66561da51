"""A password is its owner's: nobody else keeps it, and guessing it is slow."""

import pytest
from django.core.cache import cache
from django.test import Client

from access.actions.accounts import create_staff_account, set_account_active
from access.actions.passwords import change_own_password, reset_password
from access.actions.roles import grant_role
from access.auth.login_throttle import MOST_FOR_ACCOUNT
from access.enums import Role
from access.errors import OwnAccessUnchanged, WeakPassword, WrongPassword
from common.errors import NotPermitted
from tests.api.callers import Caller
from tests.support.world import NOW, give_role

FIRST, OWN = "the first one, from me", "five small birds on a wire"


@pytest.fixture
def newcomer(world):
    user = create_staff_account(
        email="new@example.org", name="New", password=FIRST, now=NOW, by=world.system_administrator
    )
    give_role(user, Role.NURSE, world.here)
    return user


@pytest.fixture
def counted(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    yield
    cache.clear()


def entered(email, password):
    client = Client()
    client.post("/sign-in", {"username": email, "password": password})
    return client


def test_a_password_that_somebody_else_knows_opens_only_the_page_to_change_it(newcomer, counted):
    client = entered("new@example.org", FIRST)
    for page in ("/patients", "/schedule", "/admin/", "/"):
        answer = client.get(page)
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/password"), page
    assert client.get("/password").status_code == 200
    client.post("/password", {"old_password": FIRST, "new_password": OWN})
    assert client.get("/patients").status_code == 200


def test_the_api_waits_for_it_too(newcomer):
    assert Caller(newcomer).get("patients").status_code == 403


def test_one_changes_one_s_own_with_the_old_one(newcomer):
    with pytest.raises(WrongPassword):
        change_own_password(old_password="a guess", new_password=OWN, now=NOW, by=newcomer)
    for weak in ("short", FIRST):
        with pytest.raises(WeakPassword):
            change_own_password(old_password=FIRST, new_password=weak, now=NOW, by=newcomer)
    change_own_password(old_password=FIRST, new_password=OWN, now=NOW, by=newcomer)
    newcomer.refresh_from_db()
    assert newcomer.check_password(OWN)
    assert not newcomer.must_change_password


def test_changing_it_ends_the_other_sessions(newcomer, counted):
    here, elsewhere = entered("new@example.org", FIRST), entered("new@example.org", FIRST)
    here.post("/password", {"old_password": FIRST, "new_password": OWN})
    assert here.get("/patients").status_code == 200
    assert elsewhere.get("/patients").headers["Location"].startswith("/sign-in")


def test_a_forgotten_one_is_reset_for_one_sign_in(world, newcomer, sign_in, counted):
    change_own_password(old_password=FIRST, new_password=OWN, now=NOW, by=newcomer)
    page = sign_in(world.system_administrator).post(f"/staff/{newcomer.pk}/password")
    password = page.context["password"]
    assert password in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    assert entered("new@example.org", password).get("/patients").headers["Location"] == "/password"


def test_nobody_resets_their_own_or_another_site_s(world, newcomer):
    with pytest.raises(OwnAccessUnchanged):
        reset_password(user=world.system_administrator, now=NOW, by=world.system_administrator)
    newcomer.role_assignments.update(site=world.there)
    for deed in (
        lambda: reset_password(user=newcomer, now=NOW, by=world.system_administrator),
        lambda: set_account_active(
            user=newcomer, active=False, now=NOW, by=world.system_administrator
        ),
        lambda: grant_role(
            user=newcomer,
            site=world.there,
            role=Role.CLINICAL_DIRECTOR,
            now=NOW,
            by=world.system_administrator,
        ),
    ):
        with pytest.raises(NotPermitted):
            deed()


def test_guessing_is_slow_and_locks_out_only_the_guesser(newcomer, counted, settings):
    settings.LOOPBACK_ONLY = False
    guesser = Client(REMOTE_ADDR="203.0.113.9")
    for email in ("new@example.org", "nobody@example.org"):
        for _ in range(MOST_FOR_ACCOUNT):
            answer = guesser.post("/sign-in", {"username": email, "password": "a guess"})
            assert answer.status_code == 422
        assert guesser.post("/sign-in", {"username": email, "password": FIRST}).status_code == 409
    assert entered("new@example.org", FIRST).get("/password").status_code == 200


def test_without_redis_people_still_sign_in(newcomer, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert entered("new@example.org", FIRST).get("/password").status_code == 200
