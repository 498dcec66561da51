"""Every route of the API for every role and relation, with a body that would go through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.test import Client

from access.enums import Permission, Role
from access.models import AuditEntry
from api.framework.permissions import declared_need
from tests.api.population import populate
from tests.api.test_rights import CLINICAL
from tests.api.test_verbs import VERBS
from tests.matrix.people import (
    ABSENT,
    OPENED,
    REFUSED,
    Walk,
    _at_this_moment,  # noqa: F401 - a fixture
    afterwards,
    beside,
    columns,
    compare,
    keys_of,
    line,
    nobody,
    or_over,
    undone,
    walked,
)
from tests.support.api_routes import RESOURCES, Route
from tests.support.world import World


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


pytestmark = pytest.mark.usefixtures("_at_this_moment")
DEEDS = [route for route in RESOURCES if route.key in VERBS]
READING = [route for route in RESOURCES if route.key not in VERBS]
#: What can be asked of one and the same world: some readings together; each deed has its own.
TOGETHER = 15
PARTS = {
    **{
        f"reading from {READING[first].key}": READING[first : first + TOGETHER]
        for first in range(0, len(READING), TOGETHER)
    },
    **{route.key: [route] for route in DEEDS},
}
Asked = tuple[Route, int, Any, int]


@pytest.fixture(scope="module")
def walk(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walk]:
    with walked(django_db_blocker) as walk:
        yield walk


def stage_of(world: World, part: str) -> list[Asked]:
    """The routes of a part, and whom they are asked about."""
    if part in VERBS:
        stage, expected = VERBS[part]
        _, pk, body = stage(world)
        return [(route, pk, body, expected) for route in PARTS[part]]
    ids: dict[str, Any] = populate(world, 0, owner=world.prescriber, patient=world.patient)
    trail = AuditEntry.objects.filter(patient_id=world.patient.pk)
    ids["audit-entries"] = trail.latest("pk").pk
    return [(route, ids.get(route.resource, 0), None, 200) for route in PARTS[part]]


def needs_of(route: Route) -> set[Permission] | None:
    """What opens the door; None for one that is open to everybody signed in."""
    need = declared_need(route.view, route.verb)
    rights = need if isinstance(need, tuple) else (need,)
    return {one for one in rights if isinstance(one, Permission)} or None


def rows_of(walk: Walk, part: str) -> dict[str, str]:
    """In care, and the same of a patient who was discharged, for who cared for them."""
    in_care: dict[str, str] = {}
    after_care: dict[str, str] = {}
    asked = stage_of(walk.world, part)
    for route, pk, body, expected in asked:
        ask_one = partial(one, route, pk, body, expected)
        in_care[route.key] = line(walk.colleagues, ask_one, needs_of(route))
        assert ask(nobody(), route, pk, body).status_code == 401, route.key
    with afterwards(walk) as clients:
        for route, pk, body, expected in asked:
            ask_again = or_over(partial(one, route, pk, body, expected))
            after_care[route.key] = line(clients, ask_again, needs_of(route))
    return beside(in_care, after_care)


def one(route: Route, pk: int, body: Any, expected: int, client: Client) -> str:
    answer = ask(client, route, pk, body)
    return sign_of_list(answer, pk) if route.is_list and pk else sign(answer, expected)


@pytest.mark.parametrize("part", PARTS)
def test_who_gets_what_is_as_the_table_says(walk: Walk, part: str):
    with undone():
        found = rows_of(walk, part)
    ours = {route.key for route in PARTS[part]}
    assert compare("api", found, ours.__contains__) == []
    for key, cells in found.items():
        never(key, cells)


def test_the_table_tells_of_no_route_that_is_gone():
    assert keys_of("api") <= {route.key for route in RESOURCES}


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
