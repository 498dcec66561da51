"""/me and /tokens: the caller's own account."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.actions.tokens import issue_api_token, revoke_api_token
from access.authz.policy import permissions_at, sites_with_any_role, token_scope_of
from access.authz.roles import NEVER_BY_TOKEN
from access.enums import Permission, Role
from access.models import ApiToken, User
from api.framework import row_lookups
from api.framework.fields import Input, MomentField, NoInput, RowField, text_of
from api.framework.permissions import Open
from api.framework.resource import Readable, creation, verb
from common.errors import NotPermitted


class RoleAtSite(serializers.Serializer[object]):
    site = serializers.IntegerField()
    site_code = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)


class MeOutput(serializers.Serializer[object]):
    """`rights`: by site code, the caller's permissions there."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    roles = RoleAtSite(many=True)
    rights = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class Me(APIView):
    """The caller's own account."""

    rights = {"get": Open.STAFF}

    @extend_schema(responses=MeOutput, operation_id="me")
    def get(self, request: Request) -> Response:
        """Return the caller's account, roles and permissions."""
        if not isinstance(request.user, User):
            raise NotPermitted
        return Response(_me(request.user))


def _me(user: User) -> dict[str, Any]:
    held = list(
        user.role_assignments.filter(site__in=sites_with_any_role(user))
        .order_by("site_id", "role")
        .values_list("site", "site__code", "role")
    )
    sites = {code: site for site, code, _ in held}
    rights = {code: permissions_at(user, site) for code, site in sites.items()}
    return {
        "id": user.pk,
        "name": user.name,
        "email": user.email,
        "roles": [{"site": site, "site_code": code, "role": role} for site, code, role in held],
        "rights": {
            code: sorted(right.name.lower() for right in held) for code, held in rights.items()
        },
    }


TOKEN_PERMISSIONS = [
    (right.name.lower(), right.value) for right in Permission if right not in NEVER_BY_TOKEN
]


class TokenOutput(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = (
            "id",
            "name",
            "rights",
            "sites",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "last_used_from",
        )
        read_only_fields = fields


class NewToken(Input):
    name = text_of(ApiToken, "name", help_text="Purpose of the token.")
    rights = serializers.ListField(
        child=serializers.ChoiceField(choices=TOKEN_PERMISSIONS),
        min_length=1,
        max_length=len(TOKEN_PERMISSIONS),
        help_text="Permissions of the user, with the names that /me lists.",
    )
    sites = serializers.ListField(
        child=RowField(row_lookups.worked_sites), min_length=1, max_length=200
    )
    expires_at = MomentField(help_text="Within a year.")


class IssuedToken(TokenOutput):
    """`secret` is shown only this once and not stored."""

    secret = serializers.CharField(read_only=True)

    class Meta(TokenOutput.Meta):
        fields = (*TokenOutput.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class SignInToIssue(NotPermitted):
    code = "sign_in_to_issue"
    message = "A token cannot issue another token."
    remedy = "Sign in and issue it from that session."


class Tokens(Readable):
    """The caller's own tokens; a token sees only itself. No token does more than its owner."""

    rights = {
        "list": Open.STAFF,
        "retrieve": Open.STAFF,
        "create": Open.STAFF,
        "revoke": Open.STAFF,
    }
    requires_reauthentication = frozenset({"create"})
    queryset = ApiToken.objects.all()
    serializer_class = TokenOutput

    def get_queryset(self) -> QuerySet[ApiToken]:
        rows = ApiToken.objects.filter(user_id=self.staff.pk)
        scope = token_scope_of(self.staff)
        return rows if scope is None else rows.filter(pk=scope.token)

    @creation(takes=NewToken, gives=IssuedToken)
    def create(self, request: Request) -> Response:
        """Issue a token, only from a session. The secret is shown once."""
        if isinstance(request.auth, ApiToken):
            raise SignInToIssue
        entered = self.validated(NewToken)
        entered["rights"] = [Permission[name.upper()] for name in entered["rights"]]
        token, secret = issue_api_token(**entered, now=timezone.now(), by=self.staff)
        return Response({**TokenOutput(token).data, "secret": secret}, status=201)

    @verb("revoke", gives=TokenOutput)
    def revoke(self, request: Request, pk: int) -> Response:
        """Revoke a token, at once and for good."""
        token = self.get_object()
        self.validated(NoInput)
        revoke_api_token(token=token, now=timezone.now(), by=self.staff)
        return self.respond(token)
