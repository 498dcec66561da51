"""Rows by id, for the person signed in: what they may not see does not exist."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

from access.actor import Actor
from access.authz.policy import require_permission
from access.enums import Permission
from common.errors import NotFound

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class Scoped(Protocol[Row_co]):
    """A QuerySet or manager that knows the word `visible_to`."""

    def visible_to(self, user: Actor) -> QuerySet[Any]: ...


def visible(rows: Scoped[Row_co], user: Actor, pk: int, right: Permission | None = None) -> Any:
    """The row, or NotFound: the same for "no such row" and "not for you" (42 CFR 2.13(c)).

    `right` is what the page is for: who lacks it over this row is told before typing anything.
    """
    found = rows.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if right is not None:
        require_permission(user, right, on=found)
    return found
