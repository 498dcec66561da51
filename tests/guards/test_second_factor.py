"""Every address asks for the second factor, and each deed that needs one for a fresh proof."""

import re

import pytest
from django.test import Client

from access.auth.reauthentication import PROVEN
from access.decorators import BEFORE_SECOND_FACTOR, FRESH, OPEN
from access.enums import Role
from access.models import ApiToken, AuditEntry
from tests.api.callers import Caller, refusal
from tests.guards.test_routes import PAGES, admin_addresses, concrete, ids_for
from tests.support.api_routes import ROUTES
from tests.support.auth import give_app, prove
from tests.support.world import PASSWORD

SETTING_UP = {"factors", "add_app", "add_passkey", "prove", "sign_out"}
#: Asked when the deed is posted; the second group before the page is shown.
FRESH_TO_POST = {
    "sign_plan",
    "remove_factor",
    "new_recovery_codes",
    "reset_factor",
    "grant_role",
    "confirm_role",
    "switch_account",
    "new_password",
    "end_staff_token",
}
FRESH_TO_OPEN = {"add_app", "add_passkey", "new_token"}


@pytest.fixture
def ids(world):
    return ids_for(world)


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


def test_what_opens_before_the_second_factor():
    opened = {name for name, (_, view) in PAGES.items() if getattr(view, BEFORE_SECOND_FACTOR, 0)}
    assert opened == SETTING_UP


@pytest.mark.parametrize("role", Role, ids=str)
def test_no_page_opens_by_password_alone(world, ids, required, role):
    client = Client()
    client.force_login(world.staff[role])
    for name, (address, view) in PAGES.items():
        if name in SETTING_UP or getattr(view, OPEN, "") == "anyone":
            continue
        for answer in (client.get(concrete(address, ids)), client.post(concrete(address, ids))):
            assert (answer.status_code, answer["Location"]) == (302, "/account/factors"), name


def test_neither_the_admin_nor_the_api_opens_by_password_alone(world, ids, required):
    client = Client()
    client.force_login(world.clinical_director)
    for _, address in admin_addresses(ids):
        assert client.get(address)["Location"] == "/account/factors", address
    assert client.get("/api/v1/docs/")["Location"] == "/account/factors"
    for route in ROUTES:
        address = "/api/v1/" + re.sub(r"<int:\w+>", str(world.patient.pk), route.pattern)
        answer = client.generic(route.method, address)
        shut = answer.status_code == 403 or answer.headers.get("Location") == "/account/factors"
        assert shut, route


def test_with_it_shown_everything_is_as_it_was(world, ids, required):
    client = Client()
    client.force_login(world.clinical_director)
    prove(client, second_factor=True)
    assert client.get("/patients").status_code == 200
    assert client.get("/api/v1/patients").status_code == 200
    assert client.get("/admin/").status_code == 200


# --- fresh proof ----------------------------------------------------------------------------------


def test_what_needs_a_fresh_proof():
    asks = {name: getattr(view, FRESH) for name, (_, view) in PAGES.items() if hasattr(view, FRESH)}
    assert {name for name, when in asks.items() if when == "posting"} == FRESH_TO_POST
    assert {name for name, when in asks.items() if when == "opening"} == FRESH_TO_OPEN


def stale(client: Client) -> Client:
    session = client.session
    session[PROVEN] = session[PROVEN] - 6 * 60
    session.save()
    return client


def test_signing_asks_and_loses_nothing_of_what_was_posted(world, sign_in):
    plan = world.draft(world.admit())
    plan.refresh_from_db()
    client = stale(sign_in(world.prescriber))
    address, posted = f"/plans/{plan.pk}/sign", {"revision": str(plan.revision)}
    asked = client.post(address, posted)
    text = asked.content.decode()
    assert f'action="{address}"' in text
    assert f'name="revision" value="{plan.revision}"' in text
    plan.refresh_from_db()
    assert plan.status == "draft"
    wrong = client.post(address, {**posted, "proof-password": "a guess"})
    assert wrong.status_code == 422
    assert "a guess" not in wrong.content.decode()
    assert f'name="revision" value="{plan.revision}"' in wrong.content.decode()
    assert client.post(address, {**posted, "proof-password": PASSWORD}).status_code == 302
    plan.refresh_from_db()
    assert plan.status == "active"
    done = AuditEntry.objects.filter(actor_id=world.prescriber.pk, kind="sign_in")
    assert list(done.order_by("id").values_list("action", flat=True)) == [
        "failed proof of identity",
        "prove identity again",
    ]


def test_a_proof_does_not_widen_a_role(world, sign_in):
    plan = world.draft(world.admit())
    client = stale(sign_in(world.nurse))
    answer = client.post(f"/plans/{plan.pk}/sign", {"proof-password": PASSWORD})
    assert answer.status_code == 403


def test_a_page_that_opens_after_proof_comes_back(world, sign_in):
    client = stale(sign_in(world.nurse))
    asked = client.get("/account/factors/app")
    assert asked["Location"] == "/prove?next=%2Faccount%2Ffactors%2Fapp"
    assert client.get(asked["Location"]).status_code == 200
    proven = client.post(asked["Location"], {"proof-password": PASSWORD})
    assert proven["Location"] == "/account/factors/app"
    assert client.get("/account/factors/app").status_code == 200


def test_a_proof_leads_nowhere_else(world, sign_in):
    client = sign_in(world.nurse)
    answer = client.post("/prove?next=https://evil.example/", {"proof-password": PASSWORD})
    assert answer["Location"] == "/"


def test_guessing_at_a_proof_is_slow(world, sign_in):
    from django.core.cache import cache

    cache.clear()
    give_app(world.nurse)
    client = stale(sign_in(world.nurse))
    tries = [{"proof-password": "x"}, {"proof-code": "000000"}] * 5
    assert {client.post("/prove", one).status_code for one in tries} == {422}
    assert client.post("/prove", {"proof-password": PASSWORD}).status_code == 409
    cache.clear()


def test_the_api_refuses_in_its_own_shape(world):
    caller = Caller(world.prescriber)
    stale(caller.client)
    plan = world.draft(world.admit())
    plan.refresh_from_db()
    answer = caller.post(f"plans/{plan.pk}/sign", {"revision": plan.revision})
    assert (answer.status_code, refusal(answer)["code"]) == (403, "fresh_proof_needed")
    body = {
        "name": "lab",
        "rights": ["see_plan"],
        "sites": [world.here.pk],
        "expires_at": "2027-01-01T00:00:00Z",
    }
    answer = caller.post("tokens", body)
    assert (answer.status_code, refusal(answer)["code"]) == (403, "fresh_proof_needed")
    assert not ApiToken.objects.exists()
