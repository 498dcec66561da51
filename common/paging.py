"""Key-based paging: page 2,000 costs as much as page 1.

The cursor is the id of the last row shown, never its values: a name would be patient data in a URL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import BooleanField, Func, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan, LessThanOrEqual

Row = TypeVar("Row", bound=Model)


class _Row(Func):
    """SQL row of values, `(a, b)`, that is compared as one."""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # unused; Django requires one of every expression


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`rows` in order; `next_after` is the id to pass on, or None at the end."""

    rows: list[Row]
    next_after: int | None


def rows_after(
    queryset: QuerySet[Row], *, order: Sequence[str], values: Sequence[Any]
) -> QuerySet[Row]:
    """Rows that sort after `values`, by one row comparison that an index on `order` supports.

    With OR, as Django's own lookups would express it, the database would read all rows before.
    """
    names = [name.lstrip("-") for name in order]
    descending = {name.startswith("-") for name in order}
    if len(descending) > 1:
        raise ValueError(f"All of {order} must go up, or all down: rows compare in one direction.")
    compare = LessThan if descending.pop() else GreaterThan
    return queryset.filter(compare(_Row(*names), _Row(*(Value(value) for value in values))))


def rows_until(
    queryset: QuerySet[Row], *, order: Sequence[str], values: Sequence[Any]
) -> QuerySet[Row]:
    """Rows up to and including `values`; `order` is ascending."""
    last = _Row(*(Value(value) for value in values))
    return queryset.filter(LessThanOrEqual(_Row(*order), last))


def page_by_key(
    queryset: QuerySet[Row], *, order: Sequence[str], after: int | None, size: int
) -> Page[Row]:
    """Return one page of `queryset`.

    `order` has one direction, ends in the primary key and has no NULLs. `after` is looked up inside
    `queryset`, so a cursor to a row that the caller may not see is ignored.
    """
    rows = queryset.order_by(*order)
    if after is not None:
        names = [name.lstrip("-") for name in order]
        values = queryset.filter(pk=after).values_list(*names).first()
        if values is not None:
            rows = rows_after(rows, order=order, values=values)
    found = list(rows[: size + 1])
    shown = found[:size]
    return Page(shown, shown[-1].pk if len(found) > size else None)
