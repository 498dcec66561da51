"""OpenAPI schema of the API, generated from the views, so that it always matches them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from access.enums import Permission
from api.framework.permissions import Need, Open, declared_need

ERRORS = {
    "400": "Something in the request is not valid.",
    "401": "No session, or the token is not valid.",
    "403": "The caller's role does not allow this.",
    "404": "The row does not exist, or the caller has no access to it.",
    "409": "The request conflicts with the current data, for example because somebody else was first.",
}


class ProblemEntry(serializers.Serializer[object]):
    """`code` never changes; `detail` says what is wrong and what to do; `attr` names the field."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)
    candidates = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        help_text="Ids of similar patients; only with `probable_duplicate`.",
    )
    reason = serializers.CharField(
        required=False, help_text="Reason for the refusal; only with `disclosure_refused`."
    )


class Problem(serializers.Serializer[object]):
    """The format of every error response."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ProblemEntry(many=True)  # type: ignore[assignment]


class ClinicSchema(AutoSchema):
    """Add to each operation the permission that it needs, and the errors that it can return."""

    def get_description(self) -> str:  # type: ignore[override]
        return f"{super().get_description()}\n\nNeeds: {_words(self._need())}."

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            operation["x-needs"] = _words(self._need())
        return operation

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> Any:
        if direction == "response" and isinstance(field, serializers.ChoiceField):
            field.allow_blank = field.allow_blank or _may_be_blank(field)
        return super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> Any:
        bodies = super()._get_response_bodies(*args, **kwargs)
        for status, words in ERRORS.items():
            if status in self._refusals():
                refusal = self._get_response_for_code(Problem, status)  # type: ignore[no-untyped-call]
                bodies[status] = {**refusal, "description": words}
        return bodies

    def _refusals(self) -> set[str]:
        found = {"400", "401", "403"}
        if "{" in self.path:
            found.add("404")
        if self.method in ("POST", "PATCH"):
            found.add("409")
        return found

    def _need(self) -> Need | None:
        verb = getattr(self.view, "action", None) or self.method.lower()
        return declared_need(self.view, verb)


def _may_be_blank(field: serializers.ChoiceField) -> bool:
    """Whether a choice field may be blank; the framework forgets this for read-only fields."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    columns = {column.name: column for column in model._meta.fields} if model else {}
    return bool(getattr(columns.get(str(field.source)), "blank", False))


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.framework.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def _words(need: Need | None) -> str:
    if need is None:
        return "not allowed for anybody"
    if isinstance(need, Open):
        return need.value
    rights = (need,) if isinstance(need, Permission) else need
    return " or ".join(right.name.lower() for right in rights)
