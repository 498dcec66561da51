"""Base classes of all resources: look up rows, validate the body, call an action, respond."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from access.models import User
from api.framework.fields import Input, NoInput
from api.framework.filters import DeclaredFilters
from api.framework.pagination import PARAMETERS, KeyPagination
from api.framework.permissions import Rights
from common.errors import NotFound, NotPermitted

Method = TypeVar("Method", bound=Callable[..., Response])
Shape = type[serializers.BaseSerializer[Any]]


class Resource(GenericViewSet[Any]):
    """A group of endpoints for one table.

    A subclass sets its `rights` (permission of each action), `queryset`, `serializer_class` (the
    output) and `order` (which ends in the primary key, and has an index).
    """

    rights: ClassVar[Rights] = {}
    order: tuple[str, ...] = ("id",)
    pagination_class = KeyPagination
    filter_backends = (DeclaredFilters,)
    lookup_value_converter = "int"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._refuse_unknown_parameters(request)

    @property
    def staff(self) -> User:
        """The caller; requests without a signed-in user are refused before this."""
        if not isinstance(self.request.user, User):
            raise NotPermitted
        return self.request.user

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = self.queryset  # type: ignore[arg-type]
        return cast("QuerySet[Any]", rows.visible_to(self.request.user))

    def get_object(self) -> Any:
        """Return the row of the URL. Raises NotFound, also for a row that the caller may not see."""
        return self.get_row(self.kwargs["pk"])

    def get_row(self, pk: int) -> Any:
        found: Model | None = self.get_queryset().filter(pk=pk).first()
        if found is None:
            raise NotFound
        return found

    def validated(self, shape: type[Input]) -> dict[str, Any]:
        """Return the validated body; ids of related rows have become rows."""
        form = shape(data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def run_action(
        self, verb: Callable[..., Any], shape: type[Input] = NoInput, *, code: int = 200, **on: Any
    ) -> Response:
        """Call the action `verb` with the validated body, and respond with its row."""
        row = verb(**on, **self.validated(shape), now=timezone.now(), by=self.staff)
        return self.respond(row, code=code)

    def respond(self, row: Model, *, code: int = 200) -> Response:
        """Respond with `row` as it is now in the database."""
        return Response(self.get_serializer(self.get_row(row.pk)).data, status=code)

    def paginate(self, rows: QuerySet[Any]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def known_parameters(self) -> frozenset[str]:
        """Return the query parameters that this endpoint accepts."""
        if self.action not in ("list", "search"):
            return frozenset()
        filters = getattr(self, "filterset_class", None)
        names = filters.base_filters if filters and self.action == "list" else ()
        return PARAMETERS | frozenset(names)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        """Refuse unknown and empty query parameters.

        A filter that is misspelled or empty would return all rows, as if it had been applied.
        """
        given = request.query_params
        unknown = sorted(set(given) - self.known_parameters())
        empty = sorted(name for name in given if not given[name])
        if unknown or empty:
            words = ErrorDetail("There is no filter with this name.", code="unknown_parameter")
            blank = ErrorDetail("Give a value, or leave it out.", code="blank")
            problems = {name: [blank] for name in empty}
            raise ValidationError(problems | {name: [words] for name in unknown})


class Readable(ListModelMixin, RetrieveModelMixin, Resource):
    """A resource with a list and single records."""


def verb(
    path: str, *, gives: Shape | None, takes: type[Input] | None = None, code: int = 200
) -> Callable[[Method], Method]:
    """Declare a POST sub-route of one record; with `gives` None it answers 204 without a body."""
    return _sub_route(path, detail=True, takes=takes, gives=gives, code=code)


def verb_of_all(
    path: str, *, gives: Shape | None, takes: type[Input], code: int = 201
) -> Callable[[Method], Method]:
    """Declare a POST sub-route of the whole list."""
    return _sub_route(path, detail=False, takes=takes, gives=gives, code=code)


def creation(*, takes: type[Input], gives: Shape) -> Callable[[Method], Method]:
    """Declare a POST to the list."""

    def mark(method: Method) -> Method:
        return extend_schema(request=takes, responses={201: gives})(method)

    return mark


def _sub_route(
    path: str, *, detail: bool, takes: type[Input] | None, gives: Shape | None, code: int
) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        answer = {204: None} if gives is None else {code: gives}
        described = extend_schema(request=takes, responses=answer)
        routed: Any = action(detail=detail, methods=["post"], url_path=path)(method)
        return cast("Method", described(routed))

    return mark
