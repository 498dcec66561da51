"""What strangers and insiders at the clinic's own address can and cannot do."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from access.actions.passwords import reset_password
from access.actions.second_factor import reset_second_factor
from access.actions.second_factor_reset import reset_second_factor_from_server
from access.auth.login_throttle import MOST_FOR_ACCOUNT, MOST_FROM_ADDRESS
from access.enums import AuditKind, Role
from access.models import AuditEntry
from dashboard.known_devices import COOKIE
from tests.support.auth import token_for
from tests.support.world import NOW, PASSWORD


@pytest.fixture(autouse=True)
def _counted(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    yield
    cache.clear()


def try_to_enter(client, email, password):
    return client.post("/sign-in", {"username": email, "password": password})


def test_a_stranger_at_the_same_address_locks_nobody_out(world):
    """The waiting room shares the clinic's address; its guesses stop only the waiting room."""
    nurse, stranger = Client(), Client()
    assert try_to_enter(nurse, world.nurse.email, PASSWORD).status_code == 302
    nurse.post("/sign-out")
    for number in range(MOST_FROM_ADDRESS):
        try_to_enter(stranger, f"nobody-{number}@example.org", "a guess")
    for _ in range(MOST_FOR_ACCOUNT):
        try_to_enter(stranger, world.nurse.email, "a guess")
    assert try_to_enter(stranger, world.nurse.email, PASSWORD).status_code == 409
    assert try_to_enter(nurse, world.nurse.email, PASSWORD).status_code == 302


def test_a_known_browser_guesses_no_faster(world):
    client = Client()
    assert try_to_enter(client, world.nurse.email, PASSWORD).status_code == 302
    client.post("/sign-out")
    for _ in range(MOST_FOR_ACCOUNT):
        assert try_to_enter(client, world.nurse.email, "a guess").status_code == 422
    assert try_to_enter(client, world.nurse.email, PASSWORD).status_code == 409


def test_a_known_browser_is_known_for_its_own_accounts_only(world):
    client, stranger = Client(), Client()
    assert try_to_enter(client, world.nurse.email, PASSWORD).status_code == 302
    client.post("/sign-out")
    for number in range(MOST_FROM_ADDRESS):
        try_to_enter(stranger, f"nobody-{number}@example.org", "a guess")
    assert try_to_enter(client, world.prescriber.email, PASSWORD).status_code == 409
    client.cookies[COOKIE] = "forged"
    assert try_to_enter(client, world.nurse.email, PASSWORD).status_code == 409
    assert world.nurse.email not in client.cookies[COOKIE].value


def test_an_emergency_opens_whatever_a_stranger_does_at_the_door(world):
    counselor, stranger = Client(), Client()
    counselor.force_login(world.counselor)
    for number in range(MOST_FROM_ADDRESS):
        try_to_enter(stranger, f"nobody-{number}@example.org", "a guess")
    for _ in range(MOST_FOR_ACCOUNT):
        try_to_enter(stranger, world.counselor.email, "a guess")
    form = {"reason": "overdose", "words": "In the street.", "password": PASSWORD}
    answer = counselor.post(f"/patients/{world.patient.pk}/emergency", form)
    assert answer.status_code == 302


def test_who_does_not_prove_who_they_are_learns_nothing_of_whom_they_asked_for(world):
    client = Client()
    client.force_login(world.counselor)
    told = []
    for number in (world.other_patient.record_number, "M-999999"):
        form = {
            "record_number": number,
            "birth_date": world.other_patient.birth_date.isoformat(),
            "reason": "overdose",
            "words": "In the street.",
            "password": "a guess",
        }
        answer = client.post("/emergency", form)
        told.append((answer.status_code, answer.context["form"].errors))
    assert told[0] == told[1]
    assert set(told[0][1]) == {"password"}
    rows = AuditEntry.objects.filter(kind=AuditKind.REFUSAL).order_by("id")
    assert rows[0].detail["named"] == {"record_number": world.other_patient.record_number}


@pytest.mark.parametrize("what", ["password", "factor", "from the server"])
def test_a_reset_ends_tokens_too(world, what):
    token, _ = token_for(world.nurse, expires_at=NOW + timedelta(days=9), now=NOW)
    reset = {
        "password": reset_password,
        "factor": reset_second_factor,
        "from the server": reset_second_factor_from_server,
    }[what]
    reset(user=world.nurse, now=NOW, by=world.system_administrator)
    token.refresh_from_db()
    assert token.revoked_at == NOW


@pytest.mark.parametrize(
    ("role", "address", "field"),
    [
        ("prescriber", "/patients/{}/care-team", "user"),
        ("counselor", "/patients/{}/note-reader", "reader"),
    ],
)
def test_giving_oneself_more_is_refused_in_the_trail(world, role, address, field):
    client, user = Client(), world.staff[Role[role.upper()]]
    client.force_login(user)
    day = (timezone.now() + timedelta(days=5)).date().isoformat()
    form = {field: user.pk, "planned_end_date": day, "until_date": day}
    page = client.get(address.format(world.patient.pk)).content.decode()
    assert f'value="{user.pk}"' not in page
    assert client.post(address.format(world.patient.pk), form).status_code == 403
    assert AuditEntry.objects.filter(kind=AuditKind.REFUSAL, actor_id=user.pk).count() == 1
