"""Look up rows by id; rows that the user may not see do not exist for them."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from django.db.models import Model, QuerySet

from access.actor import Actor
from access.authz.policy import require_permission
from access.enums import Permission
from common.errors import NotFound

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class Scoped(Protocol[Row_co]):
    """A QuerySet or manager that has the method `visible_to`."""

    def visible_to(self, user: Actor) -> QuerySet[Any]: ...


def visible(rows: Scoped[Row_co], user: Actor, pk: int, right: Permission | None = None) -> Any:
    """The row, or NotFound: the same for "no such row" and "not for you" (42 CFR 2.13(c)).

    `right` is the permission that the page needs: a user who lacks it over this row gets
    NotPermitted before typing anything.
    """
    found = rows.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if right is not None:
        require_permission(user, right, on=found)
    return found
