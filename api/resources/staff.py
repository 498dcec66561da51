"""/staff: staff accounts and their roles at sites."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.actions.accounts import create_staff_account, set_account_active
from access.actions.roles import grant_role, withdraw_proposal, withdraw_role
from access.enums import Permission, Role
from access.models import RoleAssignment, RoleProposal, User
from api.framework import row_lookups
from api.framework.fields import Input, NoInput, RowField, WordField, text_of
from api.framework.resource import Readable, creation, verb
from common.errors import InvalidInput, NotFound


class HeldRole(serializers.ModelSerializer[RoleAssignment]):
    class Meta:
        model = RoleAssignment
        fields = ("id", "site", "role", "granted_at")
        read_only_fields = fields


class WaitingRole(serializers.ModelSerializer[RoleProposal]):
    class Meta:
        model = RoleProposal
        fields = ("id", "site", "role", "proposed_at")
        read_only_fields = fields


class StaffOutput(serializers.ModelSerializer[User]):
    roles = HeldRole(source="role_assignments", many=True, read_only=True)
    roles_to_confirm = WaitingRole(
        source="role_proposals",
        many=True,
        read_only=True,
        help_text="Granted, without effect until a second person confirms them on the dashboard.",
    )

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "name",
            "is_active",
            "created_at",
            "last_login",
            "roles",
            "roles_to_confirm",
        )
        read_only_fields = fields


class NewAccount(Input):
    """A new account; the first password has 15 characters or more."""

    email = serializers.EmailField(max_length=254)
    name = text_of(User, "name")
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class Grant(Input):
    site = RowField(row_lookups.worked_sites)
    role = WordField(Role)


class Withdrawal(Input):
    assignment = serializers.IntegerField(help_text="The id of one of the account's `roles`.")


class ProposalWithdrawal(Input):
    proposal = serializers.IntegerField(
        help_text="The id of one of the account's `roles_to_confirm`."
    )


class Staff(Readable):
    """Staff accounts. Users cannot change their own."""

    rights = {
        "list": Permission.MANAGE_USERS,
        "retrieve": Permission.MANAGE_USERS,
        "create": Permission.MANAGE_USERS,
        "grant_role": Permission.MANAGE_USERS,
        "withdraw_role": Permission.MANAGE_USERS,
        "withdraw_proposal": Permission.MANAGE_USERS,
        "enable": Permission.MANAGE_USERS,
        "disable": Permission.MANAGE_USERS,
    }
    requires_reauthentication = frozenset({"grant_role", "enable", "disable"})
    queryset = User.objects.filter(is_service=False)
    serializer_class = StaffOutput

    def get_queryset(self) -> QuerySet[User]:
        """Accounts belong to the whole clinic: a user who manages accounts sees all of them."""
        waiting = Prefetch("role_proposals", RoleProposal.objects.waiting())
        people = User.objects.filter(is_service=False)
        return people.prefetch_related("role_assignments", waiting)

    @creation(takes=NewAccount, gives=StaffOutput)
    def create(self, request: Request) -> Response:
        """Create an account without any role. 409 `account_exists`, 400 `weak_password`."""
        return self.run_action(create_staff_account, NewAccount, code=201)

    @verb("grant-role", takes=Grant, gives=StaffOutput)
    def grant_role(self, request: Request, pk: int) -> Response:
        """Grant a role at a site. A repeated call changes nothing.

        The role is listed under `roles_to_confirm`, without effect, until a second person has
        confirmed it on the dashboard.
        """
        person = self.get_object()
        grant_role(user=person, **self.validated(Grant), now=timezone.now(), by=self.staff)
        return self.respond(person)

    @verb("withdraw-role", takes=Withdrawal, gives=StaffOutput)
    def withdraw_role(self, request: Request, pk: int) -> Response:
        """Withdraw a role."""
        person = self.get_object()
        held = RoleAssignment.objects.select_related("user", "site").filter(
            user=person, pk=self.validated(Withdrawal)["assignment"]
        )
        assignment = held.first()
        if assignment is None:
            raise InvalidInput(NotFound.message, field="assignment")
        withdraw_role(assignment=assignment, now=timezone.now(), by=self.staff)
        return self.respond(person)

    @verb("withdraw-proposal", takes=ProposalWithdrawal, gives=StaffOutput)
    def withdraw_proposal(self, request: Request, pk: int) -> Response:
        """Withdraw a role that waits for confirmation. 409 if it was decided meanwhile."""
        person = self.get_object()
        waiting = RoleProposal.objects.select_related("user", "site").filter(
            user=person, pk=self.validated(ProposalWithdrawal)["proposal"]
        )
        proposal = waiting.first()
        if proposal is None:
            raise InvalidInput(NotFound.message, field="proposal")
        withdraw_proposal(proposal=proposal, now=timezone.now(), by=self.staff)
        return self.respond(person)

    @verb("enable", gives=StaffOutput)
    def enable(self, request: Request, pk: int) -> Response:
        """Enable the account. Its roles wait for confirmation by a second person."""
        return self._switch(active=True)

    @verb("disable", gives=StaffOutput)
    def disable(self, request: Request, pk: int) -> Response:
        """Disable the account. Its sessions end, its tokens are revoked."""
        return self._switch(active=False)

    def _switch(self, *, active: bool) -> Response:
        person = self.get_object()
        self.validated(NoInput)
        set_account_active(user=person, active=active, now=timezone.now(), by=self.staff)
        return self.respond(person)
