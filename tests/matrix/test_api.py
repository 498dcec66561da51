"""Every route of the API for every role and relation, with a body that would go through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import Client

from access.enums import Role
from access.models import AuditEntry
from tests.api.population import populate
from tests.api.test_rights import CLINICAL
from tests.api.test_verbs import VERBS
from tests.matrix.people import (
    ABSENT,
    OPENED,
    REFUSED,
    afterwards,
    all_of,
    beside,
    columns,
    compare,
    formerly_caring,
    line,
    nobody,
    or_over,
    undone,
)
from tests.support.api_routes import RESOURCES, Route
from tests.support.world import NOW, World


def ask(client: Client, route: Route, pk: int, body: Any) -> Any:
    address = f"/api/v1/{route.path(pk)}"
    if route.method == "GET":
        return client.get(address, {"size": 200} if route.is_list else {})
    send = getattr(client, route.method.lower())
    return send(address, json.dumps(body), content_type="application/json")


def sign(answer: Any, expected: int) -> str:
    if answer.status_code == expected:
        return OPENED
    if answer.status_code == 403:
        return REFUSED
    if answer.status_code == 404:
        return ABSENT
    codes = {error["code"] for error in answer.json()["errors"]}
    # A right that is not theirs cannot be put into a token: it is no choice for them.
    if codes == {"not_found"} or answer.wsgi_request.path == "/api/v1/tokens":
        return ABSENT
    return f"?{answer.status_code}{sorted(codes)}"


def sign_of_list(answer: Any, pk: int) -> str:
    """Opened is a list only for whom the patient's own row stands in it."""
    if answer.status_code == 200:
        return OPENED if pk in {row["id"] for row in answer.json()["results"]} else ABSENT
    return REFUSED if answer.status_code == 403 else f"?{answer.status_code}"


@pytest.fixture(autouse=True)
def _at_this_moment():
    with time_machine.travel(NOW, tick=False):
        yield


#: The walk in parts, by resource, so that one can be walked by itself.
PARTS = 4
NAMES = sorted({route.resource for route in RESOURCES})


def part_of(key: str) -> int:
    """Of a route's key. What no resource has any more belongs to the first, which misses it."""
    resource = key.split()[1].split("/", maxsplit=1)[0]
    return NAMES.index(resource) * PARTS // len(NAMES) if resource in NAMES else 0


def stages_of(world: World, part: int) -> Iterator[list[tuple[Route, int, Any, int]]]:
    """Routes that can be asked of one and the same world: all readings; each deed has its own."""
    ours = [route for route in RESOURCES if part_of(route.key) == part]
    with undone():
        ids: dict[str, Any] = populate(world, 0, owner=world.prescriber, patient=world.patient)
        trail = AuditEntry.objects.filter(patient_id=world.patient.pk)
        ids["audit-entries"] = trail.latest("pk").pk
        reading = [route for route in ours if route.key not in VERBS]
        yield [(route, ids.get(route.resource, 0), None, 200) for route in reading]
    for route in ours:
        if route.key in VERBS:
            with undone():
                stage, expected = VERBS[route.key]
                _, pk, body = stage(world)
                yield [(route, pk, body, expected)]


def rows_of(world: World, part: int) -> dict[str, str]:
    clients = all_of(world)
    signs: dict[str, str] = {}
    for stage in stages_of(world, part):
        for route, pk, body, expected in stage:
            signs[route.key] = line(clients, partial(one, route, pk, body, expected))
            assert ask(nobody(), route, pk, body).status_code == 401, route.key
    return signs


def rows_after_care(world: World, part: int) -> dict[str, str]:
    """The same of a patient who was discharged, for who cared for them."""
    world.extra["formerly"] = formerly_caring(world)
    signs: dict[str, str] = {}
    for stage in stages_of(world, part):
        with undone(), afterwards(world) as clients:
            for route, pk, body, expected in stage:
                asked = or_over(partial(one, route, pk, body, expected))
                signs[route.key] = line(clients, asked)
    return signs


def one(route: Route, pk: int, body: Any, expected: int, client: Client) -> str:
    answer = ask(client, route, pk, body)
    return sign_of_list(answer, pk) if route.is_list and pk else sign(answer, expected)


@pytest.mark.parametrize("part", range(PARTS))
def test_who_gets_what_is_as_the_table_says(world: World, settings, part: int):
    settings.CARE_TEAM_GRACE_DAYS = 0
    with undone():
        in_care = rows_of(world, part)
    found = beside(in_care, rows_after_care(world, part))
    assert compare("api", found, lambda key: part_of(key) == part) == []
    for key, cells in found.items():
        never(key, cells)


def never(key: str, cells: str) -> None:
    """What the table must not say, whoever wrote it last."""
    assert "?" not in cells, (key, cells)
    by_role = columns(cells)
    resource = key.split()[1].split("/", maxsplit=1)[0]
    if resource in CLINICAL:
        for role in (Role.FRONT_DESK, Role.PRIVACY_OFFICER, Role.SYSTEM_ADMINISTRATOR):
            assert OPENED not in by_role[role], (key, role)
        # Nothing of another site, whatever one is there.
        assert {signs[2] for signs in by_role.values()} <= {REFUSED, ABSENT}, key
    if resource in {"plans", "events", "diagnoses", "assessments"}:
        assert OPENED not in by_role[Role.COUNSELOR][1:], key
        assert OPENED not in by_role[Role.CASE_MANAGER][1:], key
