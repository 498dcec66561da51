"""Whatever a body holds, the answer is never a failure of ours."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.callers import Caller
from tests.api.test_verbs import VERBS
from tests.support.api_routes import RESOURCES, Route
from tests.support.world import World

WRITING = [route for route in RESOURCES if route.method in {"POST", "PATCH"}]
#: Numbers and texts at the edges of what columns and languages hold.
EDGES = st.sampled_from(
    [
        0,
        -1,
        2**15,
        2**31,
        2**63,
        10**30,
        1.5,
        float("1e308"),
        "",
        " ",
        "\x00",
        "x" * 6000,
        "0",
        "1e9",
        "NaN",
        "Infinity",
        "-0.001",
        "99999.99",
        "2026-02-30",
        "1900-01-01",
        "2199-12-31",
        "2199-12-31T23:59:59+00:00",
        "1900-01-01T00:00:00+14:00",
        "2026-03-05T10:00:00-05:00",
        "2026-03-03",
        "30.00",
        "methadone_oral",
        "xr_naltrexone",
        "%_\\",
        "\u202e\U0001f600",
        True,
        None,
    ]
)
JUNK = st.recursive(
    EDGES | st.text(max_size=8) | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


def _fields() -> dict[str, dict[str, Any]]:
    """By route, the fields of its body as the description has them."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    shapes = found["components"]["schemas"]
    bodies = {}
    for path, methods in found["paths"].items():
        for method, said in methods.items():
            content = said.get("requestBody", {}).get("content", {}).get("application/json")
            key = f"{method.upper()} {path.removeprefix('/api/v1/').replace('{id}', '<int:pk>')}"
            name = content["schema"]["$ref"].rsplit("/", 1)[1] if content else None
            bodies[key] = {
                field: _words(schema, shapes)
                for field, schema in (shapes[name]["properties"] if name else {}).items()
            }
    return bodies


def _words(schema: dict[str, Any], shapes: dict[str, Any]) -> list[Any]:
    parts = [schema, *schema.get("allOf", ()), *schema.get("oneOf", ())]
    named = [shapes[part["$ref"].rsplit("/", 1)[1]] for part in parts if "$ref" in part]
    return [word for part in (*parts, *named) for word in part.get("enum", ())]


@pytest.fixture(scope="module")
def fields() -> dict[str, dict[str, Any]]:
    return _fields()


@pytest.mark.parametrize("route", WRITING, ids=lambda route: route.key)
def test_no_body_breaks_a_verb(world: World, fields, route: Route):
    """A right body with up to three fields gone wrong, so that the action is reached as well; or
    something else altogether. Each is tried on the same state."""
    stage, _ = VERBS[route.key]
    user, pk, right_body = stage(world)
    caller = Caller(user)
    ids = st.sampled_from([world.patient.pk, world.here.pk, world.counselor.pk, pk])
    wrong = {
        name: JUNK | ids | (st.sampled_from(words) if words else EDGES)
        for name, words in fields[route.key].items()
    }
    names = st.lists(st.sampled_from(sorted(wrong)), max_size=3, unique=True) if wrong else None
    changes = (
        names.flatmap(lambda chosen: st.fixed_dictionaries({name: wrong[name] for name in chosen}))
        if names is not None
        else st.just({})
    )
    bodies = changes.map(lambda changed: {**right_body, **changed}) | JUNK

    answers: Counter[int] = Counter()

    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies)
    def ask(body: Any) -> None:
        send = getattr(caller.client, route.method.lower())
        address = f"/api/v1/{route.path(pk)}"
        with transaction.atomic():
            response = send(address, json.dumps(body), content_type="application/json")
            transaction.set_rollback(True)
        answers[response.status_code // 100] += 1
        assert response.status_code < 500, response.content

    ask()
    assert answers[2], "No body got as far as the action."
    assert answers[4], "No body was wrong."
