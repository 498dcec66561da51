"""Printed passwords open the demonstration, so it stays on this machine and out of real records."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client

from access.actions.accounts import service_account
from access.models import User
from clinic.demo_mode import demonstration_settings, is_loopback, refuse_wrong_database
from exchange.demo.clinic import SEEDER
from tests.support import launching
from tests.support.world import NOW, World


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("MAINSTAY_HTTPS", {"HTTPS": True}),
        ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["127.0.0.1", "clinic.example.org"]}),
        ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["*"]}),
        ("CSRF_TRUSTED_ORIGINS", {"CSRF_TRUSTED_ORIGINS": ["https://clinic.example.org"]}),
        ("REDIS_URL", {"REDIS_URL": "redis://cache.example.org:6379/0"}),
        ("REMINDER_EMAIL_GATEWAY", {"REMINDER_EMAIL_GATEWAY": "smtp"}),
        ("STAFF_MAIL", {"STAFF_MAIL": True}),
    ],
)
def test_a_production_setting_is_refused(settings, name, changes):
    for key, value in changes.items():
        setattr(settings, key, value)
    (found,) = demonstration_settings()
    assert found.msg.startswith(f"{name} is set")
    assert "MAINSTAY_MODE" in str(found.hint)


@pytest.mark.parametrize(
    ("key", "value"), [("HOST", "db.example.org"), ("OPTIONS", {"host": "10.0.0.9"})]
)
def test_a_database_elsewhere_is_refused(settings, monkeypatch, key, value):
    monkeypatch.setitem(settings.DATABASES["default"], key, value)
    (found,) = demonstration_settings()
    assert found.msg.startswith("DATABASE_URL is set")


@pytest.mark.parametrize("name", ["EMAIL_URL", "RUNTIME_DATABASE_PASSWORD"])
def test_what_only_a_clinic_s_server_has_is_refused(monkeypatch, name):
    monkeypatch.setenv(name, "something")
    (found,) = demonstration_settings()
    assert found.msg.startswith(name)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("", True),
        (None, True),
        ("localhost", True),
        ("127.0.0.9", True),
        ("[::1]", True),
        ("/run/postgresql", True),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("0.0.0.0", False),  # noqa: S104 - compared, never bound
        ("*", False),
    ],
)
def test_what_this_machine_is(host, local):
    assert is_loopback(host) is local


def test_an_empty_database_is_anybody_s(db):
    refuse_wrong_database()


def test_a_clinic_s_database_is_refused(world: World):
    with pytest.raises(ImproperlyConfigured, match="did not fill it"):
        refuse_wrong_database()
    with pytest.raises(CommandError, match="printed password"):
        call_command("demo_logins", all_sites=True)
    with pytest.raises(CommandError, match="do not belong there"):
        call_command("seed_demo", patients=1)
    assert not User.objects.filter(name=SEEDER).exists()


def test_one_that_it_filled_is_opened_and_no_clinic_takes_it(db, settings):
    service_account(SEEDER, now=NOW)
    refuse_wrong_database()
    settings.DEMONSTRATION = False
    with pytest.raises(ImproperlyConfigured, match="filled by the demonstration"):
        refuse_wrong_database()


@pytest.mark.parametrize(
    "sent",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"},
    ],
)
def test_other_machines_get_no_answer(db, sent):
    answer = Client(**sent).get("/sign-in")
    assert answer.status_code == 403
    assert b"only the machine" in answer.content


def test_every_page_says_so(world, sign_in):
    client = sign_in(world.clinical_director)
    for address in ("/sign-in/passkey", "/patients", "/account/factors", "/admin/"):
        assert "invented patients, password only" in client.get(address).content.decode(), address
    assert "invented patients" in Client().get("/sign-in").content.decode()


def test_a_clinic_s_own_pages_say_nothing_of_it(world, sign_in, settings):
    settings.DEMONSTRATION = False
    client = sign_in(world.clinical_director)
    for address in ("/patients", "/admin/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "invented patients" not in answer.content.decode()


SOMEBODY = """
from django.core.management import call_command
from django.utils import timezone
from access.models import User
call_command("migrate", verbosity=0)
User.objects.create(email="a@example.org", name="A", password="!", created_at=timezone.now())
"""


def test_make_run_does_not_touch_a_clinic_s_database():
    with launching.migrated_state_folder() as state:
        made = launching.manage("shell", "-v", "0", "-c", SOMEBODY, state=state)
        assert made.returncode == 0, made.stderr
        ended = launching.manage("run", state=state, PORT=str(launching.free_port()))
        assert ended.returncode != 0
        assert "did not fill it" in ended.stderr
        assert "MAINSTAY_MODE" in ended.stderr
        assert "@example.org" not in ended.stdout
