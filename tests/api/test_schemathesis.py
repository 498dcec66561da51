"""Every operation of the API as its own description has it, asked by each role.

Requests are made from the OpenAPI description, well-formed and not, with ids of both sites in them; each is
put through WSGI to one colleague of every role and to nobody, and undone. No answer is a failure of ours, none
departs from the description, and none tells somebody what is not theirs to know.

MAINSTAY_SCHEMATHESIS_EXAMPLES=90 asks longer, with other requests each time.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast

import pytest
import schemathesis
import time_machine
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from access.authz.roles import PERMISSIONS
from access.enums import Permission, Role
from access.models import AuditEntry, Site, User
from api.framework.permissions import declared_need
from tests.api.callers import Caller
from tests.api.confidential import Asker, Confidential, make_askers, session_cookies, told
from tests.api.population import MARKS
from tests.api.test_verbs import VERBS
from tests.matrix.people import RELATIONS, undone
from tests.support.api_routes import RESOURCES, Route
from tests.support.world import NOW, make_world

MORE = os.environ.get("MAINSTAY_SCHEMATHESIS_EXAMPLES", "")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NOT_THERE = 987_654_321
#: Where a field or a filter is not called as the resource is.
RESOURCE_OF = {"type": "appointment-types", "user": "staff", "reader": "staff"}


@pytest.fixture(scope="module")
def known(django_db_setup: None, django_db_blocker: Any) -> Iterator[Confidential]:
    """One populated world for all operations, gone at the end."""
    with (
        time_machine.travel(NOW, tick=False),
        django_db_blocker.unblock(),
        undone(),
    ):
        yield Confidential(make_world())


@contextmanager
def one_connection() -> Iterator[None]:
    """A request outside Django's own test client would end the transaction around it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def askers(known: Confidential) -> dict[Any, dict[str, Asker]]:
    return make_askers(known)


@pytest.fixture(scope="module")
def description() -> Any:
    found = SchemaGenerator().get_schema(request=None, public=True)
    return schemathesis.openapi.from_dict(json.loads(json.dumps(found, default=str)))


@st.composite
def requests(draw: Any, operation: Any, ids: dict[str, list[int]], right_body: Any) -> Case[Any]:
    """As the description has it, or as it forbids; mostly about rows that are there."""
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    try:
        case = draw(operation.as_strategy(generation_mode=mode))
    except Exception as problem:  # nothing to be done wrong in this operation
        if type(problem).__name__ != "Unsatisfiable":
            raise
        case = draw(operation.as_strategy())
    for name in case.path_parameters:
        case.path_parameters[name] = draw(st.sampled_from(ids["here"]))
    for values in (case.query, case.body):
        _steer(draw, values, ids)
    if right_body is not None and draw(st.booleans()):
        case.body = dict(right_body)
    return cast("Case[Any]", case)


def _steer(draw: Any, values: Any, ids: dict[str, list[int]]) -> None:
    """Ids at random hit nothing: half of them become ids of rows."""
    for name in list(values) if isinstance(values, dict) else ():
        if name in ids and draw(st.booleans()):
            values[name] = draw(st.sampled_from(ids[name]))


def ids_by_name(known: Confidential, route: Route, pk: int) -> dict[str, list[int]]:
    """For each field that holds an id: one here, one there, and one of nobody. `here` is the address."""
    rows = {
        name: [here, known.ids_there.get(name, NOT_THERE), NOT_THERE]
        for name, here in known.ids_here.items()
    }
    fields = {name.removesuffix("s").replace("-", "_"): pool for name, pool in rows.items()}
    for name, resource in RESOURCE_OF.items():
        fields[name] = rows[resource]
    pool = [pk, pk, *rows.get(route.resource, [NOT_THERE])] if pk else rows.get(route.resource, [1])
    return {**fields, "here": pool}


def test_what_must_not_be_told_is_told_to_whom_it_is_for(world):
    """Else the test below would prove nothing. (It also makes pytest-django set the database up: with
    `-k`, choose it as well.)"""
    known = Confidential(world)
    for ids, site, words in (
        (known.ids_here, known.here.site, known.of_here),
        (known.ids_there, known.there.site, known.of_there),
    ):
        read = _everything_read_by(known, site, ids)
        assert [word for word in (*words, *MARKS) if word not in read] == []


def _everything_read_by(known: Confidential, site: Site, ids: dict[str, int]) -> str:
    """What the prescriber there gets from every address that can be read."""
    caller = Caller(
        User.objects.get(role_assignments__site=site, role_assignments__role=Role.PRESCRIBER)
    )
    return "".join(
        caller.get(route.path(ids.get(route.resource, NOT_THERE))).content.decode()
        for route in RESOURCES
        if route.method == "GET"
    )


@pytest.mark.parametrize("route", RESOURCES, ids=lambda route: route.key)
def test_no_failure_no_surprise_no_leak(route: Route, known, askers, description):
    operation = description[f"/api/v1/{route.pattern.replace('<int:pk>', '{id}')}"][route.method]
    answers: Counter[int] = Counter()

    def put(case: Case[Any], asker: Asker) -> None:
        answers[asked(case, asker, route) // 100] += 1

    @settings(
        max_examples=int(MORE or 3),
        derandomize=not MORE,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(requests(operation, ids, body))
        relation = data.draw(st.sampled_from(RELATIONS))
        for by_relation in askers.values():
            put(case, by_relation[relation])

    with undone():
        user, pk, body = staged(known, route)
        ids = ids_by_name(known, route, pk)
        put(right_case(operation, pk, body), right_asker(known, user))
        ask()
    assert answers[2], "Nobody got as far as an answer."
    assert answers[4], "Nobody was refused."


def staged(known: Confidential, route: Route) -> tuple[User, int, Any]:
    """Who may, the id in the address, a right body."""
    if route.key in VERBS:
        return VERBS[route.key][0](known.world)
    need = declared_need(route.view, route.verb)
    rights = (
        {need} if isinstance(need, Permission) else set(need if isinstance(need, tuple) else ())
    )
    role = next(role for role in Role if not rights or rights & PERMISSIONS[role])
    entry = AuditEntry.objects.filter(patient_id=known.here.pk).latest("pk")
    ids = {**known.ids_here, "audit-entries": entry.pk}
    return known.world.staff[role], ids.get(route.resource, 0), None


def right_case(operation: Any, pk: int, body: Any) -> Case[Any]:
    case: Case[Any] = operation.Case(path_parameters={"id": pk} if "{id}" in operation.path else {})
    if body is not None:
        case.body, case.media_type = body, "application/json"
    return case


def right_asker(known: Confidential, user: User) -> Asker:
    """A colleague of this site, who may see all that its own patient's record holds."""
    return Asker(
        None, user.name, session_cookies(user), known.of_there, frozenset({known.there.pk})
    )


@cache
def application() -> Any:
    """Once: every new one loads all middleware."""
    return get_wsgi_application()


def asked(case: Case[Any], asker: Asker, route: Route) -> int:
    """The status; fails on what no answer may be."""
    with undone(), one_connection():
        response = case.call(
            app=application(),
            cookies=asker.cookies,
            headers={"X-CSRFToken": asker.cookies.get("csrftoken", "none")},
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )
    case.validate_response(response, checks=CHECKS)
    leak = told(
        asker,
        sent=f"{case.query!r} {case.body!r}",
        answer=response.json() if response.content else None,
        text=response.content.decode(),
    )
    assert not leak, f"{asker} was told {leak} by {route.key}"
    return int(response.status_code)
