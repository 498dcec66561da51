"""Lists: constant queries, pages by key, filters that identify nobody and have an index."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from rest_framework.serializers import ModelSerializer
from rest_framework.utils.encoders import JSONEncoder

from access.models import User
from api.framework.fast_serializers import LeanOutput
from patients.models import Patient
from tests.api.callers import Caller, refusal
from tests.api.population import populate
from tests.support.api_routes import RESOURCES
from tests.support.auth import token_for
from tests.support.world import NOW, World

LISTS = sorted(route.pattern for route in RESOURCES if route.is_list)
FILTERED = [
    route.view
    for route in RESOURCES
    if route.is_list and getattr(route.view, "filterset_class", None)
]
#: An index holds exactly the rows for which it is true.
PARTIAL = {("Replies", "to_read")}
#: Words that would name a person in an address.
IDENTIFYING = ("name", "phone", "email", "birth", "record_number", "value", "search", "note")


def _queries(ask: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        response = ask()
    assert response.status_code == 200
    return len(caught)


def test_queries_do_not_grow_with_the_rows(world: World, everything: User):
    caller = Caller(everything)
    asks: dict[str, Any] = {path: partial(caller.get, path, size=200) for path in LISTS}
    asks["patients/search"] = lambda: caller.post("patients/search?size=200", {"words": "person"})
    caller.get("me")  # the first click of a session notes when it was
    populate(world, 0, owner=everything)
    with_one = {path: _queries(ask) for path, ask in asks.items()}
    for number in range(1, 30):
        populate(world, number, owner=everything)
    with_thirty = {path: _queries(ask) for path, ask in asks.items()}
    assert with_thirty == with_one
    assert max(with_one.values()) <= 6, with_one
    for path, ask in asks.items():
        if path not in {"sites", "message-texts"}:  # of these there are no thirty
            assert len(ask().json()["results"]) >= 29, path


def test_a_token_costs_as_many_queries_however_many_there_are(world: World, call):
    secrets = [
        token_for(world.nurse, name=str(number), expires_at=NOW + timedelta(days=1), now=NOW)[1]
        for number in range(20)
    ]
    first, last = call(token=secrets[0]), call(token=secrets[-1])
    for caller in (first, last):
        assert (
            _queries(lambda caller=caller: caller.get("rooms")) == 4
        )  # its use is noted once a minute
    assert _queries(lambda: first.get("rooms")) == _queries(lambda: last.get("rooms")) == 3


def test_every_row_comes_once_whatever_the_page(world: World, call):
    for number in range(7):
        world.register(f"Family{number}")
    nurse = call(world.nurse)
    path, seen, pages = "patients?size=3", [], 0
    while path:
        body = nurse.get(path).json()
        seen += [row["id"] for row in body["results"]]
        path = (body["next"] or "").partition("/api/v1/")[2]
        pages += 1
    expected = list(
        Patient.objects.visible_to(world.nurse)
        .order_by(*Patient.ORDER)
        .values_list("pk", flat=True)
    )
    assert (seen, pages) == (expected, 3)


def test_a_search_turns_its_pages_by_address_and_keeps_its_words_in_the_body(world: World, call):
    for number in range(4):
        world.register(f"Mendoza{number}")
    nurse = call(world.nurse)
    first = nurse.post("patients/search?size=3", {"words": "mendoza"}).json()
    assert "mendoza" not in first["next"].lower()
    second = nurse.post(first["next"].partition("/api/v1/")[2], {"words": "mendoza"}).json()
    assert len(first["results"] + second["results"]) == 4
    assert second["next"] is None


def test_a_cursor_to_a_row_of_others_behaves_like_one_to_none(world: World, call):
    nurse = call(world.nurse)
    theirs = nurse.get("patients", after=world.other_patient.pk)
    assert theirs.json()["results"] == nurse.get("patients", after=10**9).json()["results"]


@pytest.mark.parametrize(
    "query",
    [
        {"size": "0"},
        {"size": "201"},
        {"size": "many"},
        {"size": "-1"},
        {"after": "9" * 19},
        {"after": "9" * 5000},
        {"after": "1.5"},
        {"after": "٣"},
        {"after": "\x00"},
        {"site": "1e400"},
        {"site": "1e999999999"},
        {"site": "9" * 5000},
        {"site": "\x00"},
        {"site": ""},
        {"family_name": "Rivera"},
        {"birth_date": "1990-05-17"},
        {"search": "Rivera"},
        {"phone": "555"},
    ],
    ids=str,
)
def test_parameters_that_are_no_good_are_refused_not_ignored(world: World, call, query):
    response = call(world.nurse).get("patients", **query)
    assert response.status_code == 400
    assert refusal(response)["attr"] == next(iter(query))


@pytest.mark.parametrize("view", FILTERED, ids=lambda view: view.__name__)
def test_no_filter_identifies_anybody(view):
    for name in view.filterset_class.base_filters:
        assert not any(word in name for word in IDENTIFYING), name


@pytest.mark.parametrize("view", FILTERED, ids=lambda view: view.__name__)
def test_every_filter_has_an_index_or_a_companion_that_has(view):
    filterset = view.filterset_class
    model = view.queryset.model
    indexed = _indexed(model)
    for name, described in filterset.base_filters.items():
        if name in filterset.companions:
            assert set(filterset.companions[name]) <= set(filterset.base_filters)
            ends = {other.replace("_from", "_before") for other in filterset.companions[name]}
            assert ends <= set(filterset.base_filters)
            continue
        if (view.__name__, name) in PARTIAL:
            continue
        field = described.field_name.split("__")[0].removesuffix("_id")
        assert field in indexed, f"{view.__name__}.{name}"


def _indexed(model: type[models.Model]) -> set[str]:
    """Fields in some index of the model, or behind the first field of one that lists go through.

    Every list is narrowed to sites first, so a field that follows `site` or `patient` counts.
    """
    found = {"id"}
    for field in model._meta.get_fields():
        if getattr(field, "db_index", False) or isinstance(field, models.ForeignObjectRel):
            found.add(field.name)
    for index in model._meta.indexes:
        found |= {name.lstrip("-").removesuffix("_id") for name in index.fields}
    return found


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("appointments", {"status": "booked"}),
        ("doses", {"product": "methadone_oral"}),
        ("plans", {"status": "draft"}),
        ("events", {"occurred_from": "2026-01-01"}),
        ("episodes", {"state": "open"}),
    ],
)
def test_a_filter_without_an_index_asks_for_one_that_has(world: World, everything, path, query):
    response = Caller(everything).get(path, **query)
    assert response.status_code == 400
    assert refusal(response)["code"] == "needs_companion"


RANGES = (
    ("doses", {"product": "methadone_oral"}, "dose", "", "or dose_from and dose_before, at most"),
    ("doses", {"outcome": "given"}, "dose", "", "Also give patient or episode or dose_from"),
    ("appointments", {"status": "booked"}, "starts", "T00:00:00Z", "starts_from and starts_before"),
    ("episodes", {"state": "open"}, "admitted", "", "admitted_from and admitted_before, at most"),
)


@pytest.mark.parametrize(("path", "query", "name", "clock", "said"), RANGES)
def test_a_range_that_narrows_nothing_is_no_companion(
    world: World, everything, path, query, name, clock, said
):
    caller = Caller(everything)
    begins, ends = f"{name}_from", f"{name}_before"
    for bounds in (
        {begins: f"1900-01-01{clock}"},
        {ends: f"2026-01-01{clock}"},
        {begins: f"1900-01-01{clock}", ends: f"2199-01-01{clock}"},
        {begins: f"2025-01-01{clock}", ends: f"2026-01-03{clock}"},
    ):
        response = caller.get(path, **query, **bounds)
        assert response.status_code == 400, bounds
        assert refusal(response)["code"] == "needs_companion"
        assert refusal(response)["attr"] == next(iter(query))
        assert said in refusal(response)["detail"]
    year = {begins: f"2025-01-01{clock}", ends: f"2026-01-02{clock}"}
    assert caller.get(path, **query, **year).status_code == 200


def test_filters_filter(world: World, everything: User):
    caller = Caller(everything)
    first, second = populate(world, 1), populate(world, 2)

    def shown(path: str, **query: Any) -> list[int]:
        response = caller.get(path, **query)
        assert response.status_code == 200, response.content
        return [row["id"] for row in response.json()["results"]]

    patient = first["patients"]
    for path in (
        "contact-points",
        "emergency-contacts",
        "identifiers",
        "episodes",
        "diagnoses",
        "substance-uses",
        "events",
        "assessments",
        "drug-tests",
        "plans",
        "doses",
        "call-backs",
        "planned-tests",
        "naloxone-offers",
        "appointments",
        "consents",
        "privacy-notices",
        "restriction-requests",
        "restriction-wishes",
        "disclosures",
    ):
        assert shown(path, patient=patient) == [first[path]], path
    day = {"starts_from": "2026-03-05T10:45:00-05:00", "starts_before": "2026-03-05T11:30:00-05:00"}
    assert shown("appointments", **day) == [first["appointments"]]
    assert shown("appointments", **day, status="cancelled") == []
    assert shown("doses", episode=second["episodes"], product="methadone_oral") == [second["doses"]]
    assert shown("doses", dose_from="2026-03-04") == []
    assert len(shown("doses", dose_from="2026-03-03", dose_before="2026-03-04")) == 2
    assert shown("episodes", patient=patient, state="ended") == []
    assert shown("episodes", patient=patient, state="open") == [first["episodes"]]
    assert shown("plans", episode=first["episodes"], status="active") == [first["plans"]]
    assert shown("events", patient=patient, occurred_before="2026-03-03") == []
    assert len(shown("reminders", status="due", site=world.here.pk)) == len(shown("reminders"))
    assert shown("rooms", site=world.there.pk) == []
    assert world.nurse.pk in shown("practitioners", site=world.here.pk)
    assert shown("audit-entries", patient=patient, actor=world.nurse.pk, size=1)


def test_moments_in_an_address_may_be_at_the_ends_of_time(world: World, everything: User):
    caller = Caller(everything)
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00"):
        assert caller.get("appointments", starts_from=moment).status_code in {200, 400}
        assert caller.get("audit-entries", at_before=moment).status_code in {200, 400}
        both = {"starts_from": "0001-01-01T00:00:00+14:00", "starts_before": moment}
        found = caller.get("appointments", status="booked", **both)
        assert found.status_code in {200, 400}
    ends = {"dose_from": "0001-01-01", "dose_before": "9999-12-31"}
    assert caller.get("doses", **ends).status_code == 200
    assert caller.get("doses", **ends, product="methadone_oral").status_code == 400
    turned = {"dose_from": "9999-12-31", "dose_before": "0001-01-01"}
    assert caller.get("doses", **turned, product="methadone_oral").status_code == 200


def test_lean_rows_say_what_the_framework_would_say(world: World, everything: User):
    populate(world, 1, owner=everything)
    lean = [
        shape
        for shape in LeanOutput.__subclasses__()
        if shape.Meta.model.objects.exists()  # type: ignore[attr-defined]
    ]
    assert len(lean) == 7
    for shape in lean:
        for row in shape.Meta.model.objects.visible_to(everything):  # type: ignore[attr-defined]
            plainly = ModelSerializer.to_representation(shape(), row)
            assert json.dumps(shape(row).data, cls=JSONEncoder) == json.dumps(
                plainly, cls=JSONEncoder
            )
