"""No answer leaves for which a face loaded what its reader may not see, however it came by it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import resolve

from access.authz.policy import access_scope, forget_roles
from access.enums import AccessBasis, Permission, Role
from access.errors import UnauthorizedRows
from access.models import AuditEntry, EmergencyAccess
from access.row_tracking import ChildRecord, ReadTracked, unguarded_reads
from clinic.middleware.read_audit_middleware import ReadAuditMiddleware
from patients.actions.contacts import add_emergency_contact, add_identifier
from patients.models import Diagnosis, Episode, Patient
from tests.guards.test_architecture import MODELS, NOT_OF_PATIENTS, OURS, ROOT, modules
from tests.guards.test_routes import ids_for
from tests.matrix.people import people
from tests.support import calendar_world as calendar
from tests.support.world import NOW, World
from treatments.models import Goal, Problem, TreatmentPlan

NOTICED = [model for model in MODELS if issubclass(model, ReadTracked)]
PARTS = [model for model in MODELS if issubclass(model, ChildRecord)]


def test_every_table_of_patients_is_judged():
    left = {model.__name__ for model in MODELS} - NOT_OF_PATIENTS - {"AuditEntry"}
    assert left == {model.__name__ for model in (*NOTICED, *PARTS)}


def judged(model: type[ReadTracked], user: Any, sites: dict[int, int]) -> set[int]:
    judge = model.row_rule_for(user)
    found = set()
    rows: Any = model._default_manager.all()
    rows = rows.defer(*getattr(model, "CLINICAL", ()))  # with them it asks for more (AROUND)
    for row in rows:
        patient_id = row.pk if model is Patient else row.patient_id
        if judge(row.__dict__, sites[patient_id]) is not None:
            found.add(row.pk)
    return found


def test_a_row_that_is_here_is_judged_as_the_database_would(world: World):
    """`visible_to` and `row_rule_for` are one rule in two forms: for everybody, over every table."""
    everybody = [user for users in people(world).values() for user in users]
    ids_for(world)
    calendar.series(world)
    on: dict[str, Any] = {"patient": world.patient, "now": NOW, "by": world.front_desk}
    add_identifier(system="state", value="123", **on)
    add_emergency_contact(name="Mother", phone="555 0300 111", **on)
    everybody += [*world.staff.values(), world.stranger]
    sites = dict(Patient.objects.values_list("pk", "site_id"))
    seen = dict.fromkeys(NOTICED, 0)
    for user in everybody:
        forget_roles(user)
        for model in NOTICED:
            rows: Any = model._default_manager.all()
            expected = set(rows.visible_to(user).values_list("pk", flat=True))
            if model is Patient:
                for right in Patient.LOADED_WITH:
                    within = access_scope(user, right).condition("site_id", "pk")
                    expected |= set(Patient.objects.filter(within).values_list("pk", flat=True))
            assert judged(model, user, sites) == expected, (user, model)
            seen[model] += len(expected)
    assert not [model for model, times in seen.items() if not times], (
        "seen by nobody: proves nothing"
    )
    assert not any(judged(model, AnonymousUser(), sites) for model in NOTICED)


# --- what goes around the guard over the code -------------------------------------------------------


def by_an_alias() -> list[Diagnosis]:
    objects = Diagnosis.objects
    return list(objects.all())


AROUND: dict[str, tuple[Callable[[World], Any], str, str]] = {
    "a related manager": (lambda w: list(w.patient.diagnoses.all()), "front_desk", "Diagnosis"),
    "a shortcut of the framework": (
        lambda w: get_object_or_404(Patient, pk=w.other_patient.pk),
        "prescriber",
        "Patient",
    ),
    "the base manager": (
        lambda w: list(Diagnosis._base_manager.all()),
        "front_desk",
        "Diagnosis",
    ),
    "an alias of a manager": (
        lambda w: by_an_alias(),
        "case_manager_off_the_team",
        "Diagnosis",
    ),
    "a reverse relation": (lambda w: list(w.extra["episode"].plans.all()), "front_desk", "Treat"),
    "a forward foreign key": (
        lambda w: Problem.objects.get().plan.patient.episodes.get().doses.get(),
        "counselor",
        "DoseRecord",
    ),
    "a part alone": (lambda w: list(Goal._base_manager.all()), "front_desk", "Goal"),
    "a row that does not say whose it is": (
        lambda w: list(Diagnosis._base_manager.only("code")),
        "prescriber",
        "Diagnosis",
    ),
    "a column for others": (lambda w: list(w.patient.episodes.all()), "front_desk", "Episode"),
    "a column for others, fetched later": (
        lambda w: Episode.objects.visible_to(w.front_desk).get().discharge_reason,
        "front_desk",
        "Episode",
    ),
    "why somebody's turn comes first": (
        lambda w: list(w.patient.waitlist_entries.all()),
        "front_desk",
        "WaitlistEntry",
    ),
    "somebody else's note": (
        lambda w: list(w.patient.counseling_notes.all()),
        "clinical_director",
        "CounselingNote",
    ),
    "somebody else's emergency": (
        lambda w: list(EmergencyAccess.objects.all()),
        "nurse",
        "EmergencyAccess",
    ),
}


def answered(rf: Any, user: Any, load: Callable[[], Any], status: int = 200) -> HttpResponse:
    """What the trail's middleware makes of a page that loads so."""

    def page(_: Any) -> HttpResponse:
        load()
        return HttpResponse(status=status)

    request = rf.get("/patients")
    request.user, request.resolver_match = user, resolve("/patients")
    return ReadAuditMiddleware(page)(request)


def reader(world: World, who: str) -> Any:
    if who == "case_manager_off_the_team":
        return people(world)[Role.CASE_MANAGER][1]
    found = getattr(world, who)
    forget_roles(found)
    return found


@pytest.mark.parametrize("way", AROUND)
def test_each_way_around_the_guard_meets_the_net(world: World, rf, way: str):
    """Refused, named by model, page and role, and in the trail as a refusal."""
    ids_for(world)
    load, who, named = AROUND[way]
    user = reader(world, who)
    with pytest.raises(UnauthorizedRows, match=rf"dashboard:patients loaded .*{named}") as found:
        answered(rf, user, lambda: load(world))
    role = "Case manager" if who.startswith("case_manager") else Role[who.upper()].label
    assert role in str(found.value)
    assert "Rivera" not in str(found.value)
    assert AuditEntry.objects.latest("pk").action == "refused"


def test_what_one_may_see_passes_however_it_was_loaded(world: World, rf):
    ids_for(world)
    for load in (
        lambda: list(world.patient.diagnoses.all()),
        lambda: get_object_or_404(TreatmentPlan, patient=world.patient),
        lambda: list(Goal._base_manager.all()),
    ):
        assert answered(rf, reader(world, "prescriber"), load).status_code == 200


def test_nobody_signed_in_is_shown_nothing(world: World, rf):
    with pytest.raises(UnauthorizedRows):
        answered(rf, AnonymousUser(), lambda: Patient.objects.get(pk=world.patient.pk))


def test_where_the_site_is_known_to_the_database_alone_it_is_asked(world: World, rf):
    """A contact point says whose it is, not where; one statement writes the trail and tells."""
    world.reachable()
    load = lambda: list(world.patient.contact_points.all())  # noqa: E731
    assert answered(rf, world.nurse, load).status_code == 200
    with pytest.raises(UnauthorizedRows, match="ContactPoint"):
        answered(rf, world.stranger, load)


def test_what_leaves_nothing_is_not_judged(world: World, rf):
    """A face may load in order to refuse, or to lead on."""
    load = lambda: Patient.objects.get(pk=world.other_patient.pk)  # noqa: E731
    for status in (403, 404, 302, 204):
        assert answered(rf, world.nurse, load, status).status_code == status


def test_a_deed_may_look_further_than_its_caller(world: World, rf):
    """Inside a transaction of its own, as every deed is."""

    def deed() -> None:
        with transaction.atomic():
            Patient.objects.get(pk=world.other_patient.pk)

    assert answered(rf, world.nurse, deed).status_code == 200


def test_a_question_that_looks_further_says_so(world: World, rf):
    def ask() -> None:
        with unguarded_reads():
            Patient.objects.get(pk=world.other_patient.pk)

    assert answered(rf, world.nurse, ask).status_code == 200
    with pytest.raises(UnauthorizedRows):
        answered(rf, world.nurse, lambda: Patient.objects.get(pk=world.other_patient.pk))


def test_who_looks_further():
    """Each of these shows nothing of what it finds."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in modules(*OURS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "unguarded_reads"
    }
    assert found == {"patients/queries.py"}


def test_no_face_opens_a_transaction():
    """What is loaded in one is not judged: transactions are for deeds."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (*modules("api", "dashboard"), *ROOT.glob("*/admin*.py"))
        if "atomic" in path.read_text()
    }
    assert found == set()


def test_the_ground_is_the_one_that_opened_the_record(world: World):
    def ground(user: Any, right: Permission) -> AccessBasis | None:
        forget_roles(user)
        return access_scope(user, right).ground(world.here.pk, world.patient.pk)

    own, same, _, once = people(world)[Role.COUNSELOR]
    assert ground(world.nurse, Permission.SEE_PLAN) == AccessBasis.SITE
    assert ground(own, Permission.SEE_IDENTITY) == AccessBasis.SITE
    assert ground(own, Permission.SEE_PLAN) == AccessBasis.CASELOAD
    assert ground(same, Permission.SEE_PLAN) is None
    assert ground(once, Permission.SEE_PLAN) is None
