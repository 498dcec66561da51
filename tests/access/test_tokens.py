"""A token does no more than its owner and no more than it was given, over all rights and sites."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.actions.emergency_access import open_in_emergency
from access.actions.roles import withdraw_role
from access.actions.tokens import issue_api_token, revoke_staff_token
from access.authz.policy import (
    TokenScope,
    access_scope,
    can,
    forget_roles,
    has_permission,
    limit_to_token,
    open_emergencies,
    sites_with_permission,
)
from access.authz.roles import NEVER_BY_TOKEN
from access.enums import EmergencyReason, Permission, Role
from access.models import (
    ApiToken,
    AuditEntry,
    CareTeamPlace,
    EmergencyAccess,
    RoleAssignment,
    Site,
    User,
)
from common.errors import InvalidInput, NotPermitted
from patients.models import Patient
from tests.api.callers import Caller, refusal
from tests.support.auth import token_for
from tests.support.world import NOW, PASSWORD, TODAY, make_site, make_user

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    cache.clear()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def narrow(user, rights, sites, **changes):
    arguments = {"name": "lab", "expires_at": NOW + DAY, "now": NOW, "by": user, **changes}
    return issue_api_token(rights=rights, sites=sites, **arguments)


# --- the property --------------------------------------------------------------------------------

ROLES = st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(0, 2)), max_size=4)
SCOPES = st.tuples(
    st.sets(st.sampled_from(list(Permission)), max_size=12), st.sets(st.integers(0, 2))
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=ROLES, scope=SCOPES)
def test_what_a_token_may_is_within_owner_and_scope(world, held, scope):
    sites = [
        world.here,
        world.there,
        Site.objects.filter(code="third").first() or make_site("third"),
    ]
    with transaction.atomic():
        owner = make_user("Owner of a token")
        for role, place in set(held):
            RoleAssignment.objects.create(user=owner, site=sites[place], role=role, granted_at=NOW)
        CareTeamPlace.objects.create(
            user=owner,
            patient_id=world.patient.pk,
            site=world.here,
            chosen_by=world.clinical_director,
            since_date=TODAY,
            planned_end_date=TODAY + 30 * DAY,
        )
        EmergencyAccess.objects.create(
            user=owner,
            patient_id=world.other_patient.pk,
            site=world.there,
            reason=EmergencyReason.OVERDOSE,
            words="x",
            opened_at=NOW,
            ends_at=NOW + DAY,
        )
        rights, places = scope[0], {sites[place].pk for place in scope[1]}
        acting = User.objects.get(pk=owner.pk)
        limit_to_token(acting, TokenScope(1, frozenset(rights), frozenset(places)))
        for right in Permission:
            theirs, its = access_scope(owner, right), access_scope(acting, right)
            assert its.sites <= theirs.sites & places
            assert its.patients <= theirs.patients
            assert (
                sites_with_permission(acting, right) <= sites_with_permission(owner, right) & places
            )
            assert not has_permission(acting, right) or (
                has_permission(owner, right) and right in rights
            )
            for patient in (world.patient, world.other_patient):
                if can(acting, right, on=patient):
                    assert can(owner, right, on=patient)
                    assert right in rights
                    assert patient.site_id in places
        seen = set(Patient.objects.visible_to(acting).values_list("site_id", flat=True))
        assert seen <= places
        transaction.set_rollback(True)


def test_a_caseload_ends_at_the_scope_s_sites(world):
    acting = User.objects.get(pk=world.counselor.pk)
    limit_to_token(acting, TokenScope(1, frozenset(Permission), frozenset({world.there.pk})))
    assert can(world.counselor, Permission.SEE_PLAN, on=world.patient)
    assert not can(acting, Permission.SEE_PLAN, on=world.patient)
    assert not Patient.objects.visible_to(acting).exists()


def test_an_emergency_of_the_owner_opens_nothing_to_the_token(world):
    _, secret = token_for(world.nurse, expires_at=NOW + DAY, now=NOW)
    open_in_emergency(
        patient=world.other_patient,
        reason=EmergencyReason.OVERDOSE,
        words="In the street.",
        password=PASSWORD,
        now=NOW,
        by=world.nurse,
    )
    assert Caller(world.nurse).get(f"patients/{world.other_patient.pk}").status_code == 200
    assert Caller(token=secret).get(f"patients/{world.other_patient.pk}").status_code == 404
    acting = User.objects.get(pk=world.nurse.pk)
    limit_to_token(
        acting, TokenScope(1, frozenset(Permission), frozenset({world.here.pk, world.there.pk}))
    )
    assert open_emergencies(acting) == {}
    assert not EmergencyAccess.objects.visible_to(acting).exists()


# --- over HTTP --------------------------------------------------------------------------------------


def test_a_narrow_token_opens_what_it_was_given_and_nothing_else(world):
    _, secret = narrow(world.nurse, [Permission.SEE_IDENTITY], [world.here])
    lab = Caller(token=secret)
    assert lab.get(f"patients/{world.patient.pk}").status_code == 200
    assert lab.get("doses").status_code == 403
    me = lab.get("me").json()
    assert me["rights"] == {"harbor": ["see_identity"]}
    assert Caller(world.nurse).get("doses").status_code == 200


def test_a_site_outside_its_scope_is_not_there(world):
    RoleAssignment.objects.create(
        user=world.nurse, site=world.there, role=Role.NURSE, granted_at=NOW
    )
    forget_roles(world.nurse)
    _, secret = narrow(world.nurse, [Permission.SEE_IDENTITY], [world.there])
    lab = Caller(token=secret)
    assert lab.get(f"patients/{world.patient.pk}").status_code == 404
    assert lab.get(f"patients/{world.other_patient.pk}").status_code == 200
    assert [row["site_code"] for row in lab.get("me").json()["roles"]] == ["upland"]


def test_it_loses_what_its_owner_loses(world):
    _, secret = narrow(world.nurse, [Permission.SEE_DOSES], [world.here])
    held = world.nurse.role_assignments.get()
    withdraw_role(assignment=held, now=NOW, by=world.system_administrator)
    assert Caller(token=secret).get("doses").status_code == 401


def test_no_token_signs_a_plan(world):
    plan = world.draft(world.admit())
    plan.refresh_from_db()
    _, secret = token_for(world.prescriber, expires_at=NOW + DAY, now=NOW)
    answer = Caller(token=secret).post(f"plans/{plan.pk}/sign", {"revision": plan.revision})
    assert (answer.status_code, refusal(answer)["code"]) == (403, "not_permitted")
    for right in NEVER_BY_TOKEN:
        owner = world.system_administrator if right is Permission.MANAGE_USERS else world.prescriber
        with pytest.raises(InvalidInput):
            narrow(owner, [right], [world.here])


def test_through_a_token_one_sees_and_revokes_that_token_only(world):
    token, secret = token_for(world.nurse, expires_at=NOW + DAY, now=NOW)
    other, _ = token_for(world.nurse, expires_at=NOW + DAY, now=NOW)
    lab = Caller(token=secret)
    assert [row["id"] for row in lab.get("tokens").json()["results"]] == [token.pk]
    assert lab.post(f"tokens/{other.pk}/revoke").status_code == 404
    assert lab.post(f"tokens/{token.pk}/revoke").status_code == 200
    assert lab.get("me").status_code == 401


def test_the_trail_says_through_which_token(world):
    token, secret = token_for(world.nurse, expires_at=NOW + DAY, now=NOW)
    lab = Caller(token=secret)
    known = AuditEntry.objects.count()
    lab.get(f"patients/{world.patient.pk}")
    lab.get(f"patients/{world.other_patient.pk}")
    lab.post(
        "events", {"patient": world.patient.pk, "kind": "overdose", "occurred_date": "2026-03-03"}
    )
    rows = list(AuditEntry.objects.order_by("id")[known:])
    assert {row.kind for row in rows} == {"read", "refusal", "change"}
    assert {row.detail["token"] for row in rows} == {token.pk}
    Caller(world.nurse).get(f"patients/{world.patient.pk}")
    last = AuditEntry.objects.order_by("-id").first()
    assert last is not None
    assert "token" not in last.detail


def test_its_last_use_is_noted_once_a_minute(world, clock):
    token, secret = token_for(world.nurse, expires_at=NOW + DAY, now=NOW)
    lab = Caller(token=secret)
    seen = []
    for seconds in (0, 30, 31):
        clock.shift(timedelta(seconds=seconds))
        lab.get("me")
        token.refresh_from_db()
        assert token.last_used_at is not None
        seen.append((token.last_used_at - NOW).total_seconds())
    assert seen == [0, 0, 61]
    assert token.last_used_from == "127.0.0.1"


# --- issuing and revoking -------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_it_ends_after_now_and_within_a_year(world, days):
    with pytest.raises(InvalidInput) as problem:
        narrow(world.nurse, [Permission.SEE_DOSES], [world.here], expires_at=NOW + days * DAY)
    assert problem.value.field == "expires_at"


def test_nobody_gives_what_they_do_not_hold(world):
    for rights, sites in (
        ([Permission.SEE_AUDIT], [world.here]),
        ([Permission.SEE_DOSES], [world.there]),
        ([], [world.here]),
        ([Permission.SEE_DOSES], []),
    ):
        with pytest.raises(InvalidInput):
            narrow(world.nurse, rights, sites)


@pytest.mark.parametrize(
    "changes", [{"rights": []}, {"sites": []}, {"expires_at": NOW + timedelta(days=400)}]
)
def test_the_database_takes_no_token_without_scope_or_end(world, changes):
    row = {"rights": ["see_doses"], "sites": [1], "expires_at": NOW + DAY, **changes}
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.create(user=world.nurse, name="x", digest="x", created_at=NOW, **row)


def test_an_administrator_revokes_and_does_not_make(world, sign_in):
    token, secret = token_for(world.nurse, expires_at=NOW + DAY, now=NOW)
    page = sign_in(world.system_administrator).get(f"/staff/{world.nurse.pk}/tokens")
    assert "lab" in page.content.decode()
    answer = sign_in(world.system_administrator).post(f"/staff-tokens/{token.pk}/revoke")
    assert answer.status_code == 302
    assert Caller(token=secret).get("me").status_code == 401
    row = AuditEntry.objects.get(action="revoke API token")
    assert row.detail["owner"] == world.nurse.pk
    theirs, _ = token_for(world.stranger, expires_at=NOW + DAY, now=NOW)
    with pytest.raises(NotPermitted):
        revoke_staff_token(token=theirs, now=NOW, by=world.system_administrator)


def test_made_shown_once_and_revoked_on_the_page(world, sign_in):
    client = sign_in(world.nurse)
    form = client.get("/account/tokens/new").content.decode()
    assert "Sign treatment plans" not in form
    assert "See doses" in form
    typed = {
        "name": "Laboratory",
        "rights": ["SEE_DOSES"],
        "sites": [world.here.pk],
        "last_day": "2026-06-01",
    }
    made = client.post("/account/tokens/new", typed)
    assert made["Cache-Control"] == "no-store"
    secret = made.context["secret"]
    assert secret in made.content.decode()
    page = client.get("/account").content.decode()
    assert "Laboratory" in page
    assert secret not in page
    assert "Never used" in page
    Caller(token=secret).get("doses")
    assert "from 127.0.0.1" in client.get("/account").content.decode()
    token = ApiToken.objects.get()
    assert client.post(f"/account/tokens/{token.pk}/revoke").status_code == 302
    assert Caller(token=secret).get("doses").status_code == 401
    refused = client.post("/account/tokens/new", {**typed, "last_day": "2027-06-01"})
    assert refused.status_code == 422
