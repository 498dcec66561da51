"""No verb without a right; nobody learns what is not theirs; the front desk reads no clinical record."""

from typing import Any

import pytest
from django.urls import path
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from access.authz.roles import PERMISSIONS
from access.enums import Permission, Role
from access.models import AuditEntry, RoleAssignment
from api.framework.permissions import Open, declared_need
from api.framework.resource import Readable
from patients.models import Patient
from tests.api.population import MARKS, populate
from tests.support.api_routes import RESOURCES, ROUTES, Route, undeclared
from tests.support.world import NOW

CLINICAL = (
    "plans",
    "problems",
    "goals",
    "interventions",
    "doses",
    "call-backs",
    "diagnoses",
    "substance-uses",
    "events",
    "assessments",
    "drug-tests",
    "planned-tests",
    "naloxone-offers",
    "counselling-notes",
    "note-readers",
)
#: The same for every site of the clinic.
SHARED = ("appointment-types", "reminder-rules", "message-texts")
NOT_THERE = 987_654_321


class Undeclared(Readable):
    rights = {"list": Permission.SEE_IDENTITY}  # and not "retrieve"
    queryset = Patient.objects.all()


class UndeclaredPage(APIView):
    def get(self, request):
        return Response({"secret": True})


def test_every_route_names_a_right():
    assert len(ROUTES) > 90
    assert undeclared() == []


def test_the_guard_finds_a_route_that_names_none():
    router = SimpleRouter(trailing_slash=False, use_regex_path=False)
    router.register("dummy", Undeclared, basename="dummy")
    patterns = [*router.urls, path("page", UndeclaredPage.as_view())]
    assert undeclared(patterns) == ["GET dummy/<int:pk>", "GET page"]


def test_the_guard_finds_a_right_that_is_taken_away(monkeypatch):
    route = next(route for route in ROUTES if route.key == "POST doses/<int:pk>/void")
    kept = {verb: need for verb, need in route.view.rights.items() if verb != "void"}
    monkeypatch.setattr(route.view, "rights", kept)
    assert undeclared() == [route.key]


def test_what_names_no_right_is_shut_for_everybody(world, everything):
    for view in (UndeclaredPage.as_view(), Undeclared.as_view({"get": "retrieve"})):
        request = APIRequestFactory().get("/")
        request.session = {}  # type: ignore[assignment]
        force_authenticate(request, everything)
        assert view(request, pk=world.patient.pk).status_code == 403


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_nobody_enters_without_signing_in(db, call, route: Route):
    response = call().ask(route.method, route.path(1))
    if route.pattern == "docs/":
        assert response.status_code == 302
    else:
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", Role)
def test_each_role_is_refused_exactly_what_it_lacks(world, call, role: Role):
    """403 from the gate for rights that a role lacks; never 403 where it holds them somewhere."""
    caller = call(world.staff[role])
    for route in RESOURCES:
        need = declared_need(route.view, route.verb)
        response = caller.ask(route.method, route.path(NOT_THERE))
        held = isinstance(need, Open) or need in PERMISSIONS[role]
        assert (response.status_code != 403) == held, route.key


def test_the_front_desk_reads_no_clinical_record_by_any_address(world, call):
    ids = populate(world, 1)
    front_desk = call(world.front_desk)
    for route in ROUTES:
        path = route.path(ids.get(route.resource, 1))
        response = front_desk.ask(route.method, path)
        if route.resource in CLINICAL:
            assert response.status_code == 403, route.key
        if route.resource in {"schema", "docs"}:
            continue  # they describe the API and hold no record
        told = [mark for mark in MARKS if mark in response.content.decode()]
        assert not told, f"{route.key} told {told}"


def test_the_marks_are_really_in_what_a_prescriber_reads(world, call):
    """Else the test above would prove nothing."""
    ids = populate(world, 1)
    prescriber = call(world.prescriber)
    read = "".join(
        prescriber.get(route.path(ids[route.resource])).content.decode()
        for route in ROUTES
        if route.method == "GET" and route.resource in CLINICAL
    )
    assert [mark for mark in MARKS if mark not in read] == []


def test_the_stranger_cannot_tell_not_yours_from_no_such(world, call):
    ids = populate(world, 1, owner=world.nurse)
    stranger = call(world.stranger)
    for route in RESOURCES:
        if not route.is_detail or route.resource in SHARED:
            continue
        theirs = AuditEntry.objects.latest("pk").pk if route.resource == "audit-entries" else None
        not_yours = stranger.ask(route.method, route.path(theirs or ids[route.resource]))
        no_such = stranger.ask(route.method, route.path(NOT_THERE))
        assert not_yours.status_code == no_such.status_code in {403, 404}, route.key
        assert not_yours.content == no_such.content, route.key


def test_the_strangers_lists_are_empty_whatever_they_filter_by(world, call):
    ids = populate(world, 1, owner=world.nurse)
    stranger = call(world.stranger)
    for route in RESOURCES:
        if not route.is_list or route.resource in SHARED:
            continue
        response = stranger.get(route.pattern)
        if response.status_code == 403:
            continue
        shown = {row["id"] for row in response.json()["results"]}
        assert ids.get(route.resource) not in shown, route.key
        filters = getattr(route.view, "filterset_class", None)
        for name in ("patient", "site", "episode"):
            if filters and name in filters.base_filters:
                there = {"patient": "patients", "site": "sites", "episode": "episodes"}[name]
                not_yours = stranger.get(route.pattern, **{name: ids[there]}).content
                assert not_yours == stranger.get(route.pattern, **{name: NOT_THERE}).content


BODIES: dict[str, dict[str, Any]] = {
    "contact-points": {"kind": "phone", "value": "555 0101", "may_send_messages": True},
    "emergency-contacts": {"name": "Mother", "phone": "555 0101 234"},
    "identifiers": {"system": "state", "value": "1"},
    "diagnoses": {"code": "F11.20"},
    "substance-uses": {"substance": "heroin"},
    "events": {"kind": "overdose", "occurred_date": "2026-03-01"},
    "assessments": {"instrument": "cows", "score": 4, "assessed_date": "2026-03-01"},
    "drug-tests": {"collected_date": "2026-03-01", "is_random": True},
}


@pytest.mark.parametrize("resource", BODIES)
def test_a_patient_named_in_a_body_is_looked_up_like_one_in_an_address(world, call, resource):
    stranger = call(world.stranger)
    not_yours = stranger.post(resource, {**BODIES[resource], "patient": world.patient.pk})
    no_such = stranger.post(resource, {**BODIES[resource], "patient": NOT_THERE})
    assert not_yours.status_code == no_such.status_code == 400
    assert not_yours.content == no_such.content
    assert not_yours.json()["errors"][0]["attr"] == "patient"


@pytest.mark.parametrize("field", ["patient", "practitioner", "room", "site"])
def test_every_id_in_a_booking_is_the_callers_to_see(world, call, field):
    ids = populate(world, 1)
    patient = world.other_patient.pk
    mine = {"patient": patient, "site": world.there.pk, "type": world.visit_type.pk}
    body = {**mine, "practitioner": world.stranger.pk, "starts_at": "2026-03-05T10:00:00-05:00"}
    here = {
        "patient": ids["patients"],
        "practitioner": world.nurse.pk,
        "room": ids["rooms"],
        "site": world.here.pk,
    }
    stranger = call(world.stranger)
    not_yours = stranger.post("appointments", {**body, field: here[field]})
    no_such = stranger.post("appointments", {**body, field: NOT_THERE})
    assert not_yours.status_code == 400
    assert not_yours.content == no_such.content
    assert stranger.post("appointments", body).status_code == 201


def test_a_right_at_one_site_is_none_at_another(world, call):
    """A nurse here who keeps the front desk there may not record there."""
    RoleAssignment.objects.create(
        user=world.nurse, site=world.there, role=Role.FRONT_DESK, granted_at=NOW
    )
    body = {"patient": world.other_patient.pk, "code": "F11.20"}
    response = call(world.nurse).post("diagnoses", body)
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "not_permitted"


def test_who_works_at_two_sites_is_not_told_to_who_sees_one(world, call):
    RoleAssignment.objects.create(
        user=world.nurse, site=world.there, role=Role.NURSE, granted_at=NOW
    )
    stranger = call(world.stranger)
    shown = {row["id"]: row["sites"] for row in stranger.get("practitioners").json()["results"]}
    assert shown[world.nurse.pk] == [world.there.pk]
    assert stranger.get("practitioners", site=world.here.pk).json()["results"] == []
