"""What somebody tries by hand at the door: headers, cookies, sessions, and bodies that are no good."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from access.models import User
from patients.models import Patient
from tests.api.callers import Caller, refusal
from tests.support.auth import prove
from tests.support.world import PASSWORD, World


def signed_in(user: User, **options: bool) -> Client:
    client = Client(**options)  # type: ignore[arg-type]
    client.force_login(user)
    return prove(client)


def all_answers(world: World) -> dict[str, object]:
    """Of each kind that leaves the clinic: pages, refusals, redirects, the API, the admin."""
    client = signed_in(world.prescriber, raise_request_exception=False)
    stranger = Client()
    return {
        "record": client.get(f"/patients/{world.patient.pk}"),
        "part of a page": client.post(
            "/patients", {"words": "Ana"}, headers={"HX-Request": "true"}
        ),
        "refused": client.get("/staff"),
        "not there": client.get("/patients/987654321"),
        "no address": client.get("/nothing"),
        "to the sign-in": stranger.get(f"/patients/{world.patient.pk}"),
        "sign-in": stranger.get("/sign-in"),
        "without a token": Client(enforce_csrf_checks=True).post("/sign-in"),
        "API": client.get(f"/api/v1/patients/{world.patient.pk}"),
        "API refused": stranger.get("/api/v1/patients"),
        "description": client.get("/api/v1/docs/"),
        "admin": client.get("/admin/"),
        "healthz": stranger.get("/healthz"),
        "another host": stranger.get("/sign-in", headers={"Host": "evil.example"}),
        "paper": client.post(
            "/accounting/print",
            {"record_number": world.patient.record_number, "asked_date": "2026-03-03"},
        ),
    }


def test_no_answer_is_kept_framed_sniffed_or_scripted(world: World):
    answers = all_answers(world)
    assert answers["record"].status_code == 200  # type: ignore[attr-defined]
    assert answers["paper"].headers["Content-Type"] == "application/pdf"  # type: ignore[attr-defined]
    for kind, answer in answers.items():
        headers = answer.headers  # type: ignore[attr-defined]
        assert "no-store" in headers["Cache-Control"], kind
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], kind
        assert "object-src 'none'" in headers["Content-Security-Policy"], kind
        assert headers["X-Content-Type-Options"] == "nosniff", kind
        assert headers["Referrer-Policy"] == "same-origin", kind


def test_static_files_may_be_kept(db, settings):
    settings.WHITENOISE_USE_FINDERS = True
    answer = Client().get("/static/dashboard/clinic.css")
    assert answer.status_code == 200
    assert "no-store" not in answer.headers["Cache-Control"]
    answer.close()


def test_no_name_waits_in_a_cookie(world: World):
    client = signed_in(world.front_desk)
    answer = client.post(
        "/patients/new",
        {
            "site": world.here.pk,
            "given_name": "Josephine",
            "family_name": "Unheard",
            "birth_date": "1980-02-29",
            "sex": "female",
            "language": "en",
        },
    )
    assert answer.status_code == 302
    assert Patient.objects.count() == 3
    # What the next page says waits in the session, on the server, and names nobody.
    assert "messages" not in answer.cookies
    assert "Patient registered." in client.get(answer["Location"]).content.decode()
    told = "".join(morsel.value for morsel in client.cookies.values())
    assert "Unheard" not in told


@pytest.mark.parametrize("name", ["\x00", "a\x00@example.org", "nobody", "x" * 100_000])
def test_a_name_that_is_no_address_is_a_wrong_name(db, name: str):
    answer = Client().post("/sign-in", {"username": name, "password": PASSWORD})
    assert answer.status_code == 422


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(world: World):
    caller = Caller(world.front_desk, enforce_csrf_checks=True)
    caller.client.get("/account")
    token = caller.client.cookies["csrftoken"].value
    huge = json.dumps({"words": "x" * 3_000_000})
    answer = caller.client.post(
        "/api/v1/patients/search",
        huge,
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert (answer.status_code, refusal(answer)["code"]) == (413, "too_large")


def test_signing_in_gives_the_session_another_key(world: World):
    """A key that somebody else planted opens nothing."""
    client = Client()
    planted = client.session
    planted["planted"] = True
    planted.save()
    key = planted.session_key
    assert client.cookies["mainstay_session"].value == key
    client.post("/sign-in", {"username": world.nurse.email, "password": PASSWORD})
    assert client.cookies["mainstay_session"].value != key
    assert client.get("/account").status_code == 200
    stranger = Client()
    stranger.cookies["mainstay_session"] = str(key)
    assert stranger.get("/account").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example/",
        "https://evil.example/",
        "http:///evil.example",
        "/\\evil.example/",
        "\t//evil.example",
        "javascript:alert(1)",
    ],
)
def test_the_sign_in_leads_nowhere_else(world: World, address: str):
    answer = Client().post(
        "/sign-in",
        {"username": world.nurse.email, "password": PASSWORD, "next": address},
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
