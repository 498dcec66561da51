"""Who may: deny unless a role at that site grants it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from access.actions.accounts import create_staff_account, set_account_active
from access.actions.passwords import reset_password
from access.actions.roles import confirm_role, grant_role
from access.actions.sites import set_up_site
from access.authz.policy import (
    can,
    forget_roles,
    has_permission,
    require_permission,
    sites_with_permission,
)
from access.authz.roles import DESCRIPTIONS, PERMISSIONS
from access.enums import Permission, Role
from access.errors import AccountExists, OwnAccessUnchanged, WeakPassword
from access.models import RoleAssignment
from common.errors import InvalidInput, NotFound, NotPermitted
from patients.models import Patient
from tests.support.action_cases import proposed
from tests.support.world import NOW, PASSWORD, make_user

CLINICAL = {
    Permission.SEE_CLINICAL,
    Permission.RECORD_CLINICAL,
    Permission.SEE_PLAN,
    Permission.WRITE_PLAN,
    Permission.SIGN_PLAN,
    Permission.SEE_DOSES,
    Permission.RECORD_DOSES,
    Permission.CORRECT_DOSES,
}


def test_every_role_has_rights_and_a_description():
    assert set(PERMISSIONS) == set(Role) == set(DESCRIPTIONS)
    assert all(PERMISSIONS[role] for role in Role)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.PRIVACY_OFFICER, Role.SYSTEM_ADMINISTRATOR])
def test_roles_without_clinical_reach(role):
    assert not PERMISSIONS[role] & CLINICAL


def test_the_system_administrator_sees_no_patient(world):
    assert not Patient.objects.visible_to(world.system_administrator).exists()


def test_a_right_holds_at_its_site_only(world):
    assert can(world.nurse, Permission.SEE_DOSES, on=world.patient)
    assert not can(world.nurse, Permission.SEE_DOSES, on=world.other_patient)
    assert sites_with_permission(world.nurse, Permission.SEE_DOSES) == {world.here.pk}


def test_nobody_signed_in_or_disabled_may_anything(world):
    assert not has_permission(AnonymousUser(), Permission.SEE_IDENTITY)
    world.nurse.is_active = False
    assert not has_permission(world.nurse, Permission.SEE_IDENTITY)


def test_unknown_rights_are_held_by_nobody(world):
    assert not has_permission(world.clinical_director, "patients.view_patient")


def test_refusal_does_not_reveal_a_patient_elsewhere(world):
    with pytest.raises(NotFound):
        require_permission(world.nurse, Permission.SEE_IDENTITY, on=world.other_patient)
    with pytest.raises(NotPermitted):
        require_permission(world.front_desk, Permission.SEE_PLAN, on=world.patient)


def test_nobody_changes_their_own_access(world):
    administrator = world.system_administrator
    with pytest.raises(OwnAccessUnchanged):
        grant_role(
            user=administrator, site=world.here, role=Role.PRESCRIBER, now=NOW, by=administrator
        )
    with pytest.raises(OwnAccessUnchanged):
        set_account_active(user=administrator, active=False, now=NOW, by=administrator)


def test_only_who_manages_users_creates_accounts(world):
    with pytest.raises(NotPermitted):
        create_staff_account(
            email="x@example.org", name="X", password=PASSWORD, now=NOW, by=world.clinical_director
        )


def test_passwords_are_long_and_accounts_unique(world):
    by = world.system_administrator
    with pytest.raises(WeakPassword):
        create_staff_account(email="x@example.org", name="X", password="short", now=NOW, by=by)
    create_staff_account(email="x@example.org", name="X", password=PASSWORD, now=NOW, by=by)
    with pytest.raises(AccountExists):
        create_staff_account(email="X@example.org", name="Y", password=PASSWORD, now=NOW, by=by)


def test_a_role_works_once_a_second_person_has_confirmed_it(world):
    person = make_user("Newcomer")
    confirm_role(proposal=proposed(world, person), now=NOW, by=world.privacy_officer)
    assert can(person, Permission.SEE_SCHEDULE, on=world.patient)


def test_an_administrator_takes_over_no_account_that_works_elsewhere_too(world):
    """Whoever sets a password could sign in with it at the other site."""
    director = world.stranger
    RoleAssignment.objects.create(
        user=director, site=world.here, role=Role.FRONT_DESK, granted_at=NOW
    )
    by = world.system_administrator
    with pytest.raises(NotPermitted):
        reset_password(user=director, now=NOW, by=by)
    with pytest.raises(NotPermitted):
        set_account_active(user=director, active=True, now=NOW, by=by)
    RoleAssignment.objects.create(
        user=by, site=world.there, role=Role.SYSTEM_ADMINISTRATOR, granted_at=NOW
    )
    forget_roles(by)
    assert reset_password(user=director, now=NOW, by=by)


@pytest.mark.parametrize("name", ["Harbor Recovery", "Methadone_North"])
def test_a_site_s_name_in_messages_tells_nothing(world, name):
    with pytest.raises(InvalidInput, match="must not say"):
        set_up_site(
            code="north", details={"neutral_name": name}, now=NOW, by=world.system_administrator
        )
