"""Nobody opens patients' records alone: a role that reads them waits for a second person."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from access.actions.accounts import create_staff_account, set_account_active
from access.actions.passwords import reset_password
from access.actions.roles import confirm_role, refuse_role, withdraw_proposal, withdraw_role
from access.actions.second_factor import reset_second_factor
from access.authz.policy import can, forget_roles, has_permission
from access.authz.roles import CONFIRMING
from access.enums import Permission, Role
from access.errors import NotSignedInYet, OwnAccessUnchanged
from access.models import AccountNotice, AuditEntry, RoleAssignment, RoleProposal
from access.role_approval import proposals_before
from access.staff_emails import send_staff_emails
from common.errors import Conflict, NotFound, NotPermitted
from tests.api.callers import Caller
from tests.support.action_cases import proposed
from tests.support.auth import give_app, prove, token_for
from tests.support.world import NOW, PASSWORD, give_role, make_site, make_user

FIRST = "the first one, from me"


@pytest.fixture
def waiting(world):
    return proposed(world)


@pytest.mark.parametrize("role", Role)
def test_a_role_given_by_one_person_opens_nothing(world, role):
    user = make_user("Newcomer")
    assert isinstance(proposed(world, user, role), RoleProposal)
    forget_roles(user)
    assert not any(has_permission(user, right) for right in Permission)


def test_a_second_person_confirms_it(world, waiting):
    confirm_role(proposal=waiting, now=NOW, by=world.clinical_director)
    assert can(waiting.user, Permission.SEE_DOSES, on=world.patient)
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.decided_by) == ("confirmed", world.clinical_director)
    done = AuditEntry.objects.filter(object_id=waiting.user_id).order_by("id")
    assert list(done.values_list("action", flat=True)) == [
        "propose role",
        "confirm role",
        "grant role",
    ]


def test_giving_it_twice_changes_nothing(world, waiting):
    assert proposed(world, waiting.user) == waiting
    confirm_role(proposal=waiting, now=NOW, by=world.privacy_officer)
    assert isinstance(proposed(world, waiting.user), RoleAssignment)
    assert RoleProposal.objects.count() == 1


def test_neither_who_gave_it_nor_who_gets_it_is_the_second_person(world):
    both = world.system_administrator
    give_role(both, Role.CLINICAL_DIRECTOR, world.here)
    waiting = proposed(world, world.privacy_officer)
    for person in (both, world.privacy_officer):
        assert not proposals_before(person).exists()
        with pytest.raises(OwnAccessUnchanged):
            confirm_role(proposal=waiting, now=NOW, by=person)
    confirm_role(proposal=waiting, now=NOW, by=world.clinical_director)


def test_the_database_refuses_it_too(world, waiting):
    for person in (waiting.user, waiting.proposed_by):
        with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
            RoleProposal.objects.update(outcome="confirmed", decided_by=person, decided_at=NOW)


@pytest.mark.parametrize("role", sorted(set(Role) - CONFIRMING - {Role.SYSTEM_ADMINISTRATOR}))
def test_others_confirm_nothing(world, waiting, role):
    with pytest.raises(NotFound):
        confirm_role(proposal=waiting, now=NOW, by=world.staff[role])


def test_another_site_confirms_only_where_there_is_nobody(world, waiting):
    elsewhere = world.stranger
    assert not proposals_before(elsewhere).exists()
    RoleAssignment.objects.filter(user=world.privacy_officer).delete()
    assert not proposals_before(elsewhere).exists()
    world.clinical_director.is_active = False
    world.clinical_director.save()
    assert list(proposals_before(elsewhere)) == [waiting]
    confirm_role(proposal=waiting, now=NOW, by=elsewhere)


def test_what_was_decided_stays(world, waiting):
    refuse_role(proposal=waiting, now=NOW, by=world.privacy_officer)
    with pytest.raises(NotFound):
        confirm_role(proposal=waiting, now=NOW, by=world.clinical_director)
    with pytest.raises(Conflict):
        withdraw_proposal(proposal=waiting, now=NOW, by=world.system_administrator)
    assert not RoleAssignment.objects.filter(user=waiting.user).exists()


def test_an_administrator_of_another_site_withdraws_nothing(world, waiting):
    by = make_user("Administrator there", Role.SYSTEM_ADMINISTRATOR, world.there)
    with pytest.raises(NotPermitted):
        withdraw_proposal(proposal=waiting, now=NOW, by=by)


# --- the first of a clinic -------------------------------------------------------------------------


@pytest.fixture
def nobody_confirms(world):
    RoleAssignment.objects.exclude(role=Role.SYSTEM_ADMINISTRATOR).delete()


def test_the_first_one_waits_too(world, nobody_confirms):
    """Whoever makes accounts would otherwise make their own second person."""
    first = proposed(world, make_user("Head"), Role.CLINICAL_DIRECTOR)
    assert isinstance(first, RoleProposal)
    call_command("confirm_role", "head@example.org", stdout=StringIO())
    assert isinstance(proposed(world, first.user, Role.CLINICAL_DIRECTOR), RoleAssignment)


def test_then_whoever_runs_the_server_confirms(world, waiting, nobody_confirms):
    said = StringIO()
    call_command("confirm_role", "NEWCOMER@example.org", stdout=said)
    assert "confirmed" in said.getvalue()
    forget_roles(waiting.user)
    assert can(waiting.user, Permission.SEE_DOSES, on=world.patient)
    assert AuditEntry.objects.get(action="confirm role").actor_label == "server"
    with pytest.raises(CommandError, match="No role waits"):
        call_command("confirm_role", "newcomer@example.org", stdout=said)


# --- nobody else can use what is confirmed -----------------------------------------------------------


def test_it_is_confirmed_once_password_and_factor_are_the_owner_s(world, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    user = create_staff_account(
        email="new@example.org", name="New", password=FIRST, now=NOW, by=world.system_administrator
    )
    waiting = proposed(world, user)
    client = Client()
    client.post("/sign-in", {"username": user.email, "password": FIRST})
    confirm = {"proposal": waiting, "now": NOW, "by": world.privacy_officer}
    with pytest.raises(NotSignedInYet):
        confirm_role(**confirm)
    own = "five small birds on a wire"
    client.post("/password", {"old_password": FIRST, "new_password": own})
    # No role yet, and still nothing opens before the second factor.
    assert client.get("/no-role")["Location"] == "/account/factors"
    with pytest.raises(NotSignedInYet):
        confirm_role(**confirm)
    give_app(user)
    confirm_role(**confirm)


def test_who_resets_both_password_and_factor_gains_no_record(world, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    by, nurse = world.system_administrator, world.nurse
    give_app(nurse)
    reset_password(user=nurse, now=NOW, by=by)
    assert has_permission(nurse, Permission.SEE_DOSES), (
        "the owner's own factor still stands in the way"
    )
    reset_second_factor(user=nurse, now=NOW, by=by)
    assert not has_permission(nurse, Permission.SEE_DOSES)
    assert RoleProposal.objects.waiting().get(user=nurse).role == Role.NURSE


def test_in_the_other_order_neither(world, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    by, nurse = world.system_administrator, world.nurse
    give_app(nurse)
    reset_second_factor(user=nurse, now=NOW, by=by)
    assert has_permission(nurse, Permission.SEE_DOSES), (
        "the owner's own password still stands in the way"
    )
    reset_password(user=nurse, now=NOW, by=by)
    assert not has_permission(nurse, Permission.SEE_DOSES)


def test_roles_that_wait_count_for_who_may_reset_an_account(world):
    """Otherwise an account whose roles were put back would be anybody's."""
    waiting = proposed(world)
    RoleProposal.objects.update(site=world.there)
    with pytest.raises(NotPermitted):
        reset_password(user=waiting.user, now=NOW, by=world.system_administrator)


def test_the_server_s_reset_puts_them_back_as_well(world, settings):
    """Who administers a small clinic often runs its server, too."""
    settings.SECOND_FACTOR_REQUIRED = True
    give_app(world.nurse)
    reset_password(user=world.nurse, now=NOW, by=world.system_administrator)
    call_command("reset_second_factor", world.nurse.email, stdout=StringIO())
    forget_roles(world.nurse)
    assert not has_permission(world.nurse, Permission.SEE_DOSES)


def test_an_account_that_is_enabled_again_waits_for_a_second_person(world):
    by, nurse = world.system_administrator, world.nurse
    token, _ = token_for(nurse, expires_at=NOW + timedelta(days=9), now=NOW)
    set_account_active(user=nurse, active=False, now=NOW, by=by)
    token.refresh_from_db()
    assert token.revoked_at == NOW
    waiting = proposed(world, nurse, Role.CASE_MANAGER)
    with pytest.raises(NotSignedInYet):
        confirm_role(proposal=waiting, now=NOW, by=world.privacy_officer)
    set_account_active(user=nurse, active=True, now=NOW, by=by)
    assert not has_permission(nurse, Permission.SEE_DOSES)
    held = RoleProposal.objects.waiting().filter(user=nurse)
    assert set(held.values_list("role", flat=True)) == {"nurse", "case_manager"}
    assert AccountNotice.objects.get().kind == "enabled"


def test_enabling_what_is_enabled_changes_nothing(world):
    set_account_active(user=world.nurse, active=True, now=NOW, by=world.system_administrator)
    assert has_permission(world.nurse, Permission.SEE_DOSES)


def test_who_works_elsewhere_too_is_shut_out_by_either_site_s_administrator(world):
    """A role given at another site must not shield an account from its own administrator."""
    proposal = proposed(world, world.nurse, Role.COUNSELOR)
    RoleProposal.objects.filter(pk=proposal.pk).update(site=world.there)
    by = world.system_administrator
    set_account_active(user=world.nurse, active=False, now=NOW, by=by)
    with pytest.raises(NotPermitted):
        set_account_active(user=world.nurse, active=True, now=NOW, by=by)


def test_a_role_less_takes_its_care_teams_and_tokens_along(world):
    counselor = world.counselor
    token, _ = token_for(counselor, expires_at=NOW + timedelta(days=9), now=NOW)
    held = RoleAssignment.objects.get(user=counselor)
    withdraw_role(assignment=held, now=NOW, by=world.system_administrator)
    assert not counselor.care_team_places.filter(ended_at=None).exists()
    token.refresh_from_db()
    assert token.revoked_at == NOW
    give_role(counselor, Role.CASE_MANAGER, world.here)
    assert not can(counselor, Permission.SEE_PLAN, on=world.patient)


def test_a_role_more_widens_no_token(world, waiting):
    token, _ = token_for(world.nurse, expires_at=NOW + timedelta(days=9), now=NOW)
    confirm_role(
        proposal=proposed(world, world.nurse, Role.PRESCRIBER), now=NOW, by=world.privacy_officer
    )
    token.refresh_from_db()
    assert token.revoked_at == NOW


def test_the_menu_costs_the_same_however_many_wait_elsewhere(world, django_assert_num_queries):
    sites = [make_site(f"site-{number}") for number in range(8)]
    for number, site in enumerate(sites):
        proposal = proposed(world, make_user(f"Newcomer {number}"))
        RoleProposal.objects.filter(pk=proposal.pk).update(site=site)
    with django_assert_num_queries(2):  # one's roles, and what waits
        assert proposals_before(world.privacy_officer).count() == 8


# --- letters -----------------------------------------------------------------------------------------


def test_second_people_and_owners_get_letters_that_name_nobody(world, settings, mailoutbox):
    settings.STAFF_MAIL = True
    waiting = proposed(world)
    give_app(world.prescriber)
    reset_password(user=world.prescriber, now=NOW, by=world.system_administrator)
    assert send_staff_emails(now=NOW) == 2
    assert send_staff_emails(now=NOW) == 0
    to_confirm, reset = mailoutbox
    assert to_confirm.to == ["clinical-director@example.org", "privacy-officer@example.org"]
    assert reset.to == ["prescriber@example.org"]
    for letter in mailoutbox:
        for person in (waiting.user, world.prescriber, world.system_administrator):
            assert person.name not in letter.body
    assert not AccountNotice.objects.filter(told_at=None).exists()


def test_a_decided_role_asks_nobody(world, waiting, settings, mailoutbox):
    settings.STAFF_MAIL = True
    refuse_role(proposal=waiting, now=NOW, by=world.privacy_officer)
    assert send_staff_emails(now=NOW) == 0


# --- at the screen -----------------------------------------------------------------------------------


def test_the_page_shows_what_waits_and_confirms_with_a_fresh_proof(world, waiting):
    client = Client()
    client.force_login(world.privacy_officer)
    page = client.get("/roles-to-confirm").content.decode()
    assert "Newcomer" in page
    assert "their own password" in page
    asked = client.post(f"/roles-to-confirm/{waiting.pk}/confirm")
    assert asked.templates[0].name == "dashboard/reauthenticate.html"
    assert not RoleAssignment.objects.filter(user=waiting.user).exists()
    prove(client).post(f"/roles-to-confirm/{waiting.pk}/confirm")
    assert RoleAssignment.objects.filter(user=waiting.user).exists()


def test_who_waits_is_told_so(waiting):
    client = Client()
    client.post("/sign-in", {"username": waiting.user.email, "password": PASSWORD})
    assert "Your role is waiting to be confirmed" in client.get("/no-role").content.decode()


def test_the_api_says_what_waits(world, waiting):
    caller = Caller(world.system_administrator)
    found = caller.get(f"staff/{waiting.user_id}").json()
    assert found["roles"] == []
    assert [row["role"] for row in found["roles_to_confirm"]] == ["nurse"]
