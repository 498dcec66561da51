"""Every refusal has the one shape, a stable code, and never a 5xx."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from api.framework.parsers import LARGEST_BODY
from tests.api.callers import refusal
from tests.api.test_verbs import GIVEN, PERSON, SOON
from tests.support.world import NOW, World


def test_401_403_404_405_406(world: World, call):
    anonymous, front_desk = call(), call(world.front_desk)
    seen = [
        (anonymous.get("patients"), 401, "not_authenticated"),
        (anonymous.get("no-such-address"), 401, "not_authenticated"),
        (front_desk.get("plans"), 403, "not_permitted"),
        (front_desk.get("patients/987654"), 404, "not_found"),
        (front_desk.get("no-such-address"), 404, "not_found"),
        (front_desk.post("no/such/address"), 404, "not_found"),
        (front_desk.patch("appointments"), 405, "method_not_allowed"),
        (front_desk.ask("DELETE", f"patients/{world.patient.pk}"), 405, "method_not_allowed"),
        (front_desk.ask("OPTIONS", "patients"), 405, "method_not_allowed"),
    ]
    for response, status, code in seen:
        assert (response.status_code, refusal(response)["code"]) == (status, code)
    headers = {"Accept": "text/csv"}
    response = front_desk.client.get("/api/v1/patients", headers=headers)
    assert (response.status_code, refusal(response)["code"]) == (406, "not_acceptable")


def test_a_permission_refusal_says_what_to_do(world: World, call):
    error = refusal(call(world.front_desk).get("doses"))
    assert "Ask a colleague" in error["detail"]


def test_probable_duplicates_are_named_and_can_be_overruled(world: World, call):
    front_desk = call(world.front_desk)
    body = {
        "site": world.here.pk,
        "given_name": "Ana",
        "family_name": "Rivera",
        "birth_date": "1990-05-17",
    }
    response = front_desk.post("patients", body)
    assert response.status_code == 409
    error = refusal(response)
    assert (error["code"], error["candidates"]) == ("probable_duplicate", [world.patient.pk])
    again = front_desk.post("patients", {**body, "is_somebody_new": True})
    assert again.status_code == 201


def test_changed_meanwhile(world: World, call):
    path = f"patients/{world.patient.pk}"
    assert call(world.nurse).patch(path, {"version": 1, "pronouns": "she"}).status_code == 200
    response = call(world.front_desk).patch(path, {"version": 1, "pronouns": "they"})
    assert (response.status_code, refusal(response)["code"]) == (409, "changed_meanwhile")
    assert refusal(call(world.nurse).patch(path, {"pronouns": "she"}))["attr"] == "version"


def test_conflicts_of_the_calendar(world: World, call):
    front_desk = call(world.front_desk)
    body = {
        "patient": world.patient.pk,
        "site": world.here.pk,
        "type": world.visit_type.pk,
        "practitioner": world.counselor.pk,
        "starts_at": SOON,
    }
    other = world.register("Second")
    booked = front_desk.post("appointments", body).json()
    taken = front_desk.post("appointments", {**body, "patient": other.pk})
    assert (taken.status_code, refusal(taken)["code"]) == (409, "slot_taken")
    busy = front_desk.post("appointments", {**body, "practitioner": world.nurse.pk})
    assert (busy.status_code, refusal(busy)["code"]) == (409, "patient_busy")
    past = front_desk.post("appointments", {**body, "starts_at": "2026-01-01T10:00:00Z"})
    assert (past.status_code, refusal(past)["code"]) == (400, "in_the_past")
    assert refusal(past)["attr"] == "starts_at"
    early = front_desk.post(f"appointments/{booked['id']}/complete")
    assert (early.status_code, refusal(early)["code"]) == (409, "wrong_state")


def test_conflicts_of_the_window(world: World, call):
    nurse = call(world.nurse)
    body = {"episode": world.signed(world.admit()).episode_id, **GIVEN}
    other = nurse.post("doses/give", {**body, "amount_mg": "40"})
    assert (other.status_code, refusal(other)["code"]) == (400, "dose_differs_from_order")
    assert refusal(other)["attr"] == "amount_mg"
    assert nurse.post("doses/give", body).status_code == 201
    twice = nurse.post("doses/give", body)
    assert (twice.status_code, refusal(twice)["code"]) == (409, "dose_already_recorded")


def test_conflicts_of_the_plan(world: World, call):
    episode = world.admit()
    plan = world.signed(episode)
    doctor = call(world.prescriber)
    body = {"area": "housing", "description": "No home"}
    response = doctor.post(f"plans/{plan.pk}/problems", body)
    assert (response.status_code, refusal(response)["code"]) == (409, "plan_not_draft")
    assert doctor.post("plans", {"episode": episode.pk}).status_code == 201
    response = doctor.post("plans", {"episode": episode.pk})
    assert (response.status_code, refusal(response)["code"]) == (409, "draft_exists")
    goal = episode.plans.get(status="draft").problems.get().goals.get()
    response = doctor.post(
        f"goals/{goal.pk}/medication", {"product": "methadone_oral", "dose_mg": "1000"}
    )
    assert (response.status_code, refusal(response)["code"]) == (400, "dose_not_safe")


def test_ones_own_access_stays(world: World, call):
    administrator = world.system_administrator
    response = call(administrator).post(f"staff/{administrator.pk}/disable")
    assert (response.status_code, refusal(response)["code"]) == (403, "own_access_unchanged")
    theirs = world.nurse.role_assignments.get().pk
    response = call(administrator).post(
        f"staff/{world.counselor.pk}/withdraw-role", {"assignment": theirs}
    )
    assert (response.status_code, refusal(response)["attr"]) == (400, "assignment")


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"",
        b"[]",
        b'"words"',
        b"null",
        b'{"words": NaN}',
        b'{"words": "\xff\xfe"}',
        b'{"words": "\\ud800"}',
        b'{"words": "a\\u0000b"}',
        b'{"words": {}}',
        b"[" * 100_000,
        b'{"words": ' + b"9" * 5000 + b"}",
        b'{"words": "' + b"x" * 101 + b'"}',
    ],
    ids=lambda data: str(data[:20]),
)
def test_bodies_that_are_no_good(world: World, call, data: bytes):
    response = call(world.front_desk).raw("patients/search", data)
    assert response.status_code == 400, response.content
    refusal(response)


def test_a_body_of_another_kind_or_size(world: World, call):
    front_desk = call(world.front_desk)
    response = front_desk.raw("patients/search", b"words=Rivera", "text/plain")
    assert (response.status_code, refusal(response)["code"]) == (415, "unsupported_media_type")
    huge = json.dumps({"words": "x" * LARGEST_BODY}).encode()
    response = front_desk.raw("patients/search", huge)
    assert (response.status_code, refusal(response)["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("changes", "attr", "code"),
    [
        ({"family_name": "a\x00b"}, "family_name", "null_characters_not_allowed"),
        ({"family_name": "x" * 101}, "family_name", "max_length"),
        ({"family_name": ["Rivera"]}, "family_name", "invalid"),
        ({"family_name": None}, "family_name", "null"),
        ({"birth_date": "29 Feb"}, "birth_date", "invalid"),
        ({"birth_date": "0001-01-01"}, "birth_date", "range"),
        ({"birth_date": "2027-01-01"}, "birth_date", "invalid_input"),
        ({"sex": "\ud800"}, "", "parse_error"),
        ({"sex": "robot"}, "sex", "invalid_choice"),
        ({"site": 10**30}, "site", "not_found"),
        ({"site": -1}, "site", "not_found"),
        ({"site": True}, "site", "invalid"),
        ({"site": {"id": 1}}, "site", "invalid"),
        ({"may_text": "perhaps"}, "may_text", "invalid"),
        ({"phone": "call me"}, "phone", "invalid_input"),
        ({"famly_name": "Rivera"}, "famly_name", "unknown_field"),
    ],
)
def test_wrong_values(world: World, call, changes: dict[str, Any], attr: str, code: str):
    body = {**PERSON, "site": world.here.pk, **changes}
    response = call(world.front_desk).raw("patients", json.dumps(body).encode())
    assert response.status_code == 400
    error = refusal(response)
    assert (error["attr"] or "", error["code"]) == (attr, code)


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-03-05T10:00:00", "offset"),
        ("9999-12-31T23:59:59Z", "range"),
        ("0001-01-01T00:00:00+14:00", "range"),
        ("tomorrow", "invalid"),
        (5, "invalid"),
    ],
)
def test_moments_need_an_offset_and_a_year_that_can_be(world: World, call, moment, code):
    appointment = world.book(NOW + timedelta(days=2))
    response = call(world.front_desk).post(
        f"appointments/{appointment.pk}/move", {"starts_at": moment}
    )
    error = refusal(response)
    assert (error["attr"], error["code"]) == ("starts_at", code)


@pytest.mark.parametrize("pk", ["9" * 18, "9" * 30, "9" * 5000, "0", "-1", "abc", "1.5", "%00"])
def test_ids_in_addresses_that_cannot_be(world: World, call, pk: str):
    response = call(world.front_desk).get(f"patients/{pk}")
    assert response.status_code == 404
    assert refusal(response)["code"] == "not_found"


def test_a_failure_of_ours_has_the_shape_too_and_tells_nothing(world: World, call, monkeypatch):
    def broken(**_: Any) -> None:
        raise RuntimeError("secret of the engine room")

    monkeypatch.setattr("api.resources.patients.register_patient_with_contacts", broken)
    caller = call(world.front_desk, raise_request_exception=False)
    response = caller.post("patients", {**PERSON, "site": world.here.pk})
    assert response.status_code == 500
    assert response.json()["type"] == "server_error"
    assert b"engine room" not in response.content


@pytest.mark.parametrize("name", ["due_from", "due_before"])
@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-03-03T10:00:00+15:59", 200),
        ("2026-03-03T10:00:00+22:52", 200),  # more than the database takes as an offset
        ("0001-01-01T00:00:00+14:00", 400),
        ("9999-12-31T23:59:59-14:00", 400),
    ],
)
def test_a_filter_takes_any_offset_and_a_year_that_can_be(world: World, call, name, moment, status):
    asked = {"patient": world.patient.pk, name: moment}
    assert call(world.front_desk).get("reminders", **asked).status_code == status
