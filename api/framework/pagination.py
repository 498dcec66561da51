"""Keyset pagination. The URL holds the id of the last row seen, and nothing of its content."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from common.paging import page_by_key

SIZE = 50
LARGEST_SIZE = 200
LARGEST_ID = 2**63 - 1
PARAMETERS = frozenset({"after", "size"})


class KeyPagination(BasePagination):
    """`?after=<id>&size=<1..200>`; the view sets its `order`, which ends in the primary key."""

    next_url: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        after = _number(request, "after", LARGEST_ID)
        size = _number(request, "size", LARGEST_SIZE) or SIZE
        page = page_by_key(queryset, order=view.order, after=after, size=size)
        if page.next_after is not None:
            here = request.build_absolute_uri()
            self.next_url = replace_query_param(here, "after", str(page.next_after))
        return page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next_url})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": "string",
                    "format": "uri",
                    "nullable": True,
                    "description": "Address of the next page; null at the end.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            _parameter("after", "The page starts after the row with this id.", LARGEST_ID),
            _parameter("size", f"Rows per page; default {SIZE}.", LARGEST_SIZE),
        ]


def _number(request: Request, name: str, largest: int) -> int | None:
    """Return a query parameter as an integer between 1 and `largest`; None if it is missing."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= largest):
        words = f"This must be a whole number from 1 to {largest}."
        raise ValidationError({name: [ErrorDetail(words, code="invalid")]})
    return int(text)


def _parameter(name: str, description: str, largest: int) -> dict[str, Any]:
    kind = {"type": "integer", "minimum": 1, "maximum": largest}
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": kind,
    }
