"""A password alone opens nothing: the second factor at the door, set up once, never used twice."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from access.actions import second_factor
from access.actions.accounts import create_staff_account
from access.actions.roles import grant_role
from access.auth import login_throttle
from access.auth.second_factor import NewPasskey, codes_left, factors_of
from access.authz.policy import forget_roles
from access.authz.roles import NEEDING_SECOND_FACTOR
from access.enums import Role
from access.errors import GraceOver, LastFactor, OwnAccessUnchanged, PasskeyKnown
from access.models import AuditEntry
from common.errors import NotFound, NotPermitted
from tests.support.action_cases import SECRET
from tests.support.auth import code_of, give_app, prove
from tests.support.world import NOW, PASSWORD

TICK = datetime(2026, 3, 3, 15, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    cache.clear()
    with time_machine.travel(TICK, tick=False) as traveller:
        yield traveller


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def password_of(user, at: Client | None = None) -> Client:
    client = at or Client()
    answer = client.post("/sign-in", {"username": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def show(client: Client, code: str):
    return client.post("/sign-in/second-step", {"code": code})


def deeds_of(user) -> list[str]:
    rows = AuditEntry.objects.filter(actor_id=user.pk).order_by("id")
    return list(rows.values_list("action", flat=True))


# --- at the door ---------------------------------------------------------------------------------


def test_nobody_is_signed_in_before_the_second_factor(world):
    secret = give_app(world.nurse)
    client = password_of(world.nurse)
    assert "_auth_user_id" not in client.session
    assert not is_in(client)
    assert world.nurse.staff_sessions.count() == 0
    answer = show(client, code_of(secret))
    assert answer.status_code == 302
    assert is_in(client)
    assert world.nurse.staff_sessions.get().session_key == client.session.session_key
    assert deeds_of(world.nurse) == [
        "password right, second factor asked",
        "show code of app",
        "sign in",
    ]
    row = AuditEntry.objects.get(action="sign in")
    assert row.detail == {"with": "password and authenticator app"}


def test_the_session_s_key_changes_at_each_step(world):
    secret = give_app(world.nurse)
    client = Client()
    client.get("/sign-in/passkey")
    keys = [client.session.session_key]
    password_of(world.nurse, client)
    keys.append(client.session.session_key)
    show(client, code_of(secret))
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3


def test_a_code_opens_once(world, clock):
    secret = give_app(world.nurse)
    code = code_of(secret)
    assert show(password_of(world.nurse), code).status_code == 302
    for _ in range(3):
        clock.shift(timedelta(seconds=29))
        again = show(password_of(world.nurse), code)
        assert again.status_code == 422
    assert show(password_of(world.nurse), code_of(secret)).status_code == 302


def test_an_earlier_code_than_the_last_one_is_old(world):
    secret = give_app(world.nurse)
    assert show(password_of(world.nurse), code_of(secret, steps=1)).status_code == 302
    assert show(password_of(world.nurse), code_of(secret)).status_code == 422


def test_the_database_does_not_let_a_step_become_new_again(world):
    secret = give_app(world.nurse)
    second_factor.show_code(code=code_of(secret), now=TICK, by=world.nurse)
    row = factors_of(world.nurse).get()
    row.data["last_step"] = 1
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_codes_of_other_minutes_are_wrong(world, steps):
    secret = give_app(world.nurse)
    client = password_of(world.nurse)
    assert show(client, code_of(secret, steps=steps)).status_code == 422
    assert not is_in(client)
    assert "wrong second factor" in deeds_of(world.nurse)


@pytest.mark.parametrize("code", ["", "000", "abcdef", "０００００００", "1" * 30])
def test_what_is_no_code_is_wrong(world, code):
    give_app(world.nurse)
    client = password_of(world.nurse)
    assert show(client, code).status_code == 422
    assert not is_in(client)


def test_somebody_else_s_code_is_wrong(world):
    give_app(world.nurse)
    theirs = give_app(world.prescriber)
    assert show(password_of(world.nurse), code_of(theirs)).status_code == 422


def test_the_second_step_without_the_first_is_the_door(world):
    give_app(world.nurse)
    for answer in (Client().get("/sign-in/second-step"), show(Client(), "123456")):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in")


@pytest.mark.parametrize("what", ["time", "password", "epoch", "disabled"])
def test_a_right_password_does_not_wait_for_ever(world, clock, what):
    secret = give_app(world.nurse)
    client = password_of(world.nurse)
    if what == "time":
        clock.shift(timedelta(minutes=11))
    elif what == "password":
        world.nurse.set_password("another one, quite long")
    elif what == "epoch":
        world.nurse.session_epoch += 1
    else:
        world.nurse.is_active = False
    world.nurse.save()
    assert show(client, code_of(secret)).status_code == 302
    assert not is_in(client)


def test_the_way_on_stays_in_the_clinic(world):
    for then, expected in (("/patients", "/patients"), ("https://evil.example/", "/")):
        cache.clear()
        Authenticator.objects.all().delete()
        secret = give_app(world.nurse)
        client = Client()
        entered = {"username": world.nurse.email, "password": PASSWORD, "next": then}
        client.post("/sign-in", entered)
        assert show(client, code_of(secret))["Location"] == expected


def test_wrong_codes_are_slow_and_lock_nobody_else_out(world, settings):
    settings.LOOPBACK_ONLY = False
    secret = give_app(world.nurse)
    client = password_of(world.nurse, Client(REMOTE_ADDR="203.0.113.7"))
    for _ in range(login_throttle.MOST_FOR_ACCOUNT):
        assert show(client, "000000").status_code == 422
    assert show(client, code_of(secret)).status_code == 409
    # The owner at another address, and a colleague at the same one.
    assert show(password_of(world.nurse), code_of(secret)).status_code == 302
    assert is_in(password_of(world.prescriber, Client(REMOTE_ADDR="203.0.113.7")))


def test_codes_guessed_from_many_addresses_are_counted_for_the_account(world, settings):
    settings.LOOPBACK_ONLY = False
    give_app(world.nurse)
    refused = 0
    for number in range(login_throttle.MOST_CODES_FOR_ACCOUNT + 3):
        client = password_of(world.nurse, Client(REMOTE_ADDR=f"203.0.113.{number}"))
        refused += show(client, "000000").status_code == 409
    assert refused == 3


def test_who_has_no_factor_signs_in_as_ever_in_the_demonstration(world):
    client = password_of(world.nurse)
    assert is_in(client)
    assert "password only" in client.get("/account").content.decode()


# --- recovery codes ---------------------------------------------------------------------------------


def test_a_recovery_code_opens_once_and_the_last_ones_are_announced(world):
    give_app(world.nurse)
    codes = second_factor.make_recovery_codes(now=TICK, by=world.nurse)
    assert len(set(codes)) == 10
    for number, code in enumerate(codes[:7]):
        spaced = f"{code[:5]} {code[5:]}"
        assert show(password_of(world.nurse), spaced if number % 2 else code).status_code == 302
    client = password_of(world.nurse)
    assert show(client, codes[0]).status_code == 422
    assert show(client, codes[7]).status_code == 302
    assert "2 recovery codes are left" in client.get("/account").content.decode()
    assert codes_left(world.nurse) == 2
    assert deeds_of(world.nurse).count("use recovery code") == 8


def test_new_recovery_codes_void_the_old(world):
    give_app(world.nurse)
    old = second_factor.make_recovery_codes(now=TICK, by=world.nurse)
    new = second_factor.make_recovery_codes(now=TICK, by=world.nurse)
    assert not set(old) & set(new)
    assert show(password_of(world.nurse), old[0]).status_code == 422
    assert show(password_of(world.nurse), new[0]).status_code == 302


def test_the_database_holds_no_secret_in_clear(world):
    second_factor.add_authenticator_app(
        secret=SECRET, code=code_of(SECRET), now=TICK, by=world.nurse
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, '') FROM mfa_authenticator")
        text = cursor.fetchone()[0]
    assert SECRET not in text
    for kind, data in (("totp", {"secret": SECRET}), ("recovery_codes", {"seed": "ab12" * 20})):
        with pytest.raises(IntegrityError), transaction.atomic():
            Authenticator.objects.create(user=world.prescriber, type=kind, data=data)


def test_old_keys_still_read(world, settings):
    secret = give_app(world.nurse)
    settings.FIELD_ENCRYPTION_KEYS = ["a new key, put in front", *settings.FIELD_ENCRYPTION_KEYS]
    assert second_factor.show_code(code=code_of(secret), now=TICK, by=world.nurse)


# --- setting one up -----------------------------------------------------------------------------------


def key_on(page: str) -> str:
    return re.sub(r"\s", "", re.findall(r"numbers break\">([A-Z2-7 ]+)<", page)[0])


def test_the_first_sign_in_sets_one_up_and_nothing_else_opens_before(world, required):
    client = password_of(world.nurse)
    assert client.get("/")["Location"] == "/account/factors"
    page = client.get("/account/factors/app").content.decode()
    assert "<svg" in page
    answer = client.post("/account/factors/app", {"code": code_of(key_on(page))})
    assert answer["Cache-Control"] == "no-store"
    assert len(re.findall(r"<li>\d{5} \d{5}</li>", answer.content.decode())) == 10
    assert client.get("/patients").status_code == 200
    assert client.session.session_key == world.nurse.staff_sessions.get().session_key
    assert [d for d in deeds_of(world.nurse) if "second" in d or "codes" in d] == [
        "begin setting up a second factor",
        "add second factor",
        "make recovery codes",
    ]


def test_the_code_that_set_it_up_is_used(world, required):
    client = password_of(world.nurse)
    secret = key_on(client.get("/account/factors/app").content.decode())
    client.post("/account/factors/app", {"code": code_of(secret)})
    assert show(password_of(world.nurse), code_of(secret)).status_code == 422


def test_a_wrong_first_code_sets_nothing_up(world, required):
    client = password_of(world.nurse)
    client.get("/account/factors/app")
    assert client.post("/account/factors/app", {"code": "000000"}).status_code == 422
    assert not factors_of(world.nurse).exists()
    assert client.get("/patients").status_code == 302


def test_the_grace_can_be_resumed_and_then_is_over(world, required, clock):
    password_of(world.nurse)
    clock.shift(timedelta(minutes=50))
    assert password_of(world.nurse).get("/account/factors").status_code == 200
    clock.shift(timedelta(minutes=15))
    late = Client().post("/sign-in", {"username": world.nurse.email, "password": PASSWORD})
    assert late.status_code == 403
    assert "administrator" in late.content.decode()


def test_who_set_one_up_has_no_grace_left(world, required):
    give_app(world.nurse)
    client = prove(Client())
    second_factor.begin_grace(now=TICK, by=world.nurse)
    second_factor.add_passkey(passkey=NewPasskey({"id": "a"}), name="Key", now=TICK, by=world.nurse)
    Authenticator.objects.all().delete()
    world.nurse.factor_grace_ends_at = TICK
    world.nurse.save()
    with pytest.raises(GraceOver):
        second_factor.begin_grace(now=TICK, by=world.nurse)
    assert not is_in(client)


def test_sessions_that_began_by_password_alone_end_when_one_is_set_up(world, required):
    other = password_of(world.nurse)
    assert other.get("/account/factors").status_code == 200
    client = password_of(world.nurse)
    secret = key_on(client.get("/account/factors/app").content.decode())
    client.post("/account/factors/app", {"code": code_of(secret)})
    assert other.get("/account/factors")["Location"].startswith("/sign-in")


def test_every_role_needs_one():
    assert set(NEEDING_SECOND_FACTOR) == set(Role)


def test_a_new_account_chooses_its_password_first(world, required):
    first = "a password for one sign-in"
    user = create_staff_account(
        email="new@example.org",
        name="New",
        password=first,
        now=NOW,
        by=world.system_administrator,
    )
    grant_role(user=user, site=world.here, role=Role.NURSE, now=NOW, by=world.system_administrator)
    client = Client()
    client.post("/sign-in", {"username": user.email, "password": first})
    assert client.get("/account/factors")["Location"] == "/password"
    changed = {"old_password": first, "new_password": "five small birds on a wire"}
    assert client.post("/password", changed).status_code == 302
    assert client.get("/patients")["Location"] == "/account/factors"


# --- taking off, and the lost telephone ------------------------------------------------------------------


def test_the_last_one_stays_where_the_role_needs_one(world, required):
    give_app(world.nurse)
    app = factors_of(world.nurse).get()
    with pytest.raises(LastFactor):
        second_factor.remove_factor(factor=app, now=TICK, by=world.nurse)
    second_factor.add_passkey(passkey=NewPasskey({"id": "a"}), name="Key", now=TICK, by=world.nurse)
    second_factor.remove_factor(factor=app, now=TICK, by=world.nurse)
    assert [row.type for row in factors_of(world.nurse)] == ["webauthn"]


def test_nobody_removes_somebody_else_s(world):
    give_app(world.nurse)
    with pytest.raises(NotFound):
        second_factor.remove_factor(
            factor=factors_of(world.nurse).get(), now=TICK, by=world.prescriber
        )


def test_a_passkey_is_registered_once(world):
    second_factor.add_passkey(passkey=NewPasskey({"id": "a"}), name="Key", now=TICK, by=world.nurse)
    with pytest.raises(PasskeyKnown):
        second_factor.add_passkey(
            passkey=NewPasskey({"id": "a"}), name="Again", now=TICK, by=world.prescriber
        )


def test_a_reset_ends_sessions_and_gives_the_grace_anew(world, required, sign_in):
    secret = give_app(world.nurse)
    phone = password_of(world.nurse)
    show(phone, code_of(secret))
    assert is_in(phone)
    administrator = prove(sign_in(world.system_administrator), second_factor=True)
    answer = administrator.post(f"/staff/{world.nurse.pk}/factor")
    assert answer.status_code == 302
    assert not is_in(phone)
    assert not Authenticator.objects.filter(user=world.nurse).exists()
    assert password_of(world.nurse).get("/")["Location"] == "/account/factors"
    row = AuditEntry.objects.get(action="reset second factor")
    assert (row.actor_id, row.object_id) == (world.system_administrator.pk, world.nurse.pk)


def test_nobody_resets_their_own_or_where_they_do_not_manage(world):
    administrator = world.system_administrator
    with pytest.raises(OwnAccessUnchanged):
        second_factor.reset_second_factor(user=administrator, now=TICK, by=administrator)
    with pytest.raises(NotPermitted):
        second_factor.reset_second_factor(user=world.stranger, now=TICK, by=administrator)
    with pytest.raises(NotPermitted):
        second_factor.reset_second_factor(user=world.nurse, now=TICK, by=world.prescriber)


def test_staff_page_says_who_has_one(world, sign_in):
    give_app(world.nurse)
    page = sign_in(world.system_administrator).get("/staff").content.decode()
    assert page.count(">set up<") == 1
    assert "the second factor of nurse" in page


def test_roles_held_later_need_one_too(world, required):
    newcomer = world.stranger
    newcomer.role_assignments.all().delete()
    forget_roles(newcomer)
    assert is_in(password_of(newcomer))


def test_the_only_administrator_is_let_in_from_the_server(world, required):
    administrator = world.system_administrator
    give_app(administrator)
    call_command("reset_second_factor", administrator.email.upper(), stdout=StringIO())
    assert password_of(administrator).get("/")["Location"] == "/account/factors"
    assert AuditEntry.objects.get(action="reset second factor").actor_label == "server"
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "nobody@example.org")


# --- passkeys that are none --------------------------------------------------------------------------

JUNK = [
    "",
    "null",
    "[]",
    "{}",
    "7",
    '"text"',
    "{",
    '{"id": "a"}',
    '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}',
    (
        '{"id": "YQ", "rawId": "YQ", "type": "public-key", "clientExtensionResults": {}, "response": '
        '{"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "MQ"}}'
    ),
    (
        '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "e30",'
        ' "attestationObject": "oA", "userHandle": null}}'
    ),
]


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_no_passkey_opens_nothing_and_breaks_nothing(world, sign_in, junk):
    give_app(world.nurse)
    second_factor.add_passkey(passkey=NewPasskey({"id": "a"}), name="Key", now=TICK, by=world.nurse)
    Authenticator.objects.filter(type="webauthn").delete()
    stranger = Client(headers={"host": "localhost"})
    stranger.get("/sign-in/passkey")
    assert stranger.post("/sign-in/passkey", {"credential": junk}).status_code == 422
    assert not is_in(stranger)
    waiting = password_of(world.nurse)
    assert waiting.post("/sign-in/second-step", {"credential": junk}).status_code == 422
    assert not is_in(waiting)
    owner = sign_in(world.nurse)
    owner.get("/account/factors/passkey")
    added = owner.post("/account/factors/passkey", {"name": "Key", "credential": junk})
    assert added.status_code == 422
    assert [row.type for row in factors_of(world.nurse)] == ["totp"]


def test_what_waits_is_short_and_a_session_is_not(world, settings):
    secret = give_app(world.nurse)
    client = Client(headers={"host": "localhost"})
    client.get("/sign-in/passkey")
    assert client.session.get_expiry_age() == 600
    password_of(world.nurse, client)
    assert client.session.get_expiry_age() == 600
    show(client, code_of(secret))
    assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE
