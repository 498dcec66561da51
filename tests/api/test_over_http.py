"""The way in from a terminal, as docs/api.md describes it, over real HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
import time_machine
from django.utils import timezone

from tests.support.world import NOW, PASSWORD, World, make_world


@pytest.fixture
def _fixed_moment():
    """In place of the fixed one: real threads wait on a clock that goes."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def clinic(transactional_db) -> World:
    return make_world()


def test_from_the_password_to_the_token(live_server, clinic: World):
    with httpx.Client(base_url=live_server.url, trust_env=False) as client:
        client.get("/sign-in")

        def proof() -> dict[str, str]:
            return {"X-CSRFToken": client.cookies["csrftoken"]}

        entered = {"username": clinic.nurse.email, "password": PASSWORD}
        assert client.post("/sign-in", data=entered, headers=proof()).status_code == 302
        body = {
            "name": "laboratory",
            "rights": ["see_identity"],
            "sites": [clinic.here.pk],
            "expires_at": (timezone.now() + timedelta(days=30)).isoformat(),
        }
        assert client.post("/api/v1/tokens", json=body).status_code == 403
        issued = client.post("/api/v1/tokens", json=body, headers=proof())
        assert issued.status_code == 201
    headers = {"Authorization": f"Bearer {issued.json()['secret']}"}
    with httpx.Client(base_url=live_server.url, headers=headers, trust_env=False) as laboratory:
        assert laboratory.get("/api/v1/me").json()["name"] == clinic.nurse.name
        found = laboratory.post("/api/v1/patients/search", json={"words": "rivera"}).json()
        assert [row["id"] for row in found["results"]] == [clinic.patient.pk]
