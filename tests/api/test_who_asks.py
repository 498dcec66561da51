"""Tokens and sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from access.actions.accounts import set_account_active
from access.actions.roles import withdraw_role
from access.actions.tokens import revoke_api_token
from access.models import ApiToken, User
from tests.api.callers import refusal
from tests.support.auth import token_for
from tests.support.world import NOW, World


def _issue(user: User, hours: int = 8) -> tuple[ApiToken, str]:
    return token_for(user, expires_at=NOW + timedelta(hours=hours), now=NOW)


def test_a_token_is_its_owner_and_no_more(world: World, call):
    _, secret = _issue(world.front_desk)
    lab = call(token=secret)
    assert lab.get("patients").status_code == 200
    assert lab.get("plans").status_code == 403
    assert lab.get(f"patients/{world.other_patient.pk}").status_code == 404


def test_a_token_loses_what_its_owner_loses(world: World, call):
    _, secret = _issue(world.nurse)
    assert call(token=secret).get("doses").status_code == 200
    withdraw_role(
        assignment=world.nurse.role_assignments.get(), now=NOW, by=world.system_administrator
    )
    assert call(token=secret).get("doses").status_code == 401


@pytest.mark.parametrize("end", ["expired", "revoked", "disabled", "unknown", "malformed", "huge"])
def test_tokens_that_are_not_valid(world: World, call, end: str):
    token, secret = _issue(world.nurse)
    if end == "revoked":
        revoke_api_token(token=token, now=NOW, by=world.nurse)
    if end == "disabled":
        by = world.system_administrator
        set_account_active(user=world.nurse, active=False, now=NOW, by=by)
    secrets = {"unknown": "x" * 43, "malformed": f"{secret} more", "huge": "x" * 100_000}
    caller = call(token=secrets.get(end, secret))
    with time_machine.travel(NOW + timedelta(hours=8 if end == "expired" else 0), tick=False):
        response = caller.get("me")
    assert response.status_code == 401
    assert refusal(response)["code"] == "token_not_valid"
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_token_issues_no_other(world: World, call):
    _, secret = _issue(world.nurse)
    body = {"name": "for ever", "expires_at": "2099-01-01T00:00:00Z"}
    response = call(token=secret).post("tokens", body)
    assert (response.status_code, refusal(response)["code"]) == (403, "sign_in_to_issue")
    assert ApiToken.objects.count() == 1


def test_other_peoples_tokens_are_not_there(world: World, call):
    token, _ = _issue(world.nurse)
    counselor = call(world.counselor)
    assert counselor.get("tokens").json()["results"] == []
    assert counselor.get(f"tokens/{token.pk}").status_code == 404
    assert counselor.post(f"tokens/{token.pk}/revoke").status_code == 404


def test_a_session_writes_only_with_the_csrf_token(world: World, call):
    caller = call(world.front_desk, enforce_csrf_checks=True)
    body = {"words": "rivera"}
    response = caller.post("patients/search", body)
    assert response.status_code == 403
    assert "CSRF" in refusal(response)["detail"]
    caller.client.get("/sign-in")
    caller.client.cookies["csrftoken"] = "a" * 32
    response = caller.post("patients/search", body, headers={"X-CSRFToken": "a" * 32})
    assert response.status_code == 200


def test_a_token_needs_no_csrf(world: World, call):
    _, secret = _issue(world.front_desk)
    caller = call(token=secret, enforce_csrf_checks=True)
    assert caller.post("patients/search", {"words": "rivera"}).status_code == 200


def test_a_session_of_a_disabled_account_is_over(world: World, call):
    caller = call(world.nurse)
    by = world.system_administrator
    set_account_active(user=world.nurse, active=False, now=NOW, by=by)
    assert caller.get("me").status_code == 401


def test_other_schemes_are_nobody(world: World):
    response = Client().get("/api/v1/me", headers={"Authorization": "Basic bnVyc2U6cGFzcw=="})
    assert response.status_code == 401
