"""Pages by key: the cost of page 2,000 is the cost of page 1.

The cursor is the id of the last row shown, never its values: a name in an
address would be patient data in a URL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import BooleanField, Func, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan, LessThanOrEqual

Row = TypeVar("Row", bound=Model)


class _Row(Func):
    """SQL's row of values, `(a, b)`, to compare as one."""

    template = "(%(expressions)s)"
    output_field = BooleanField()  # of no meaning: Django asks every expression for one


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`rows` in order; `next_after` is the id to pass on, or None at the end."""

    rows: list[Row]
    next_after: int | None


def rows_after(
    queryset: QuerySet[Row], *, order: Sequence[str], values: Sequence[Any]
) -> QuerySet[Row]:
    """Rows that sort after `values`: one comparison of rows, which an index on `order` answers.

    Spelled with OR, as Django's own lookups would have it, the database reads everything before.
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
    """Rows up to `values` and with them; `order` ascends."""
    last = _Row(*(Value(value) for value in values))
    return queryset.filter(LessThanOrEqual(_Row(*order), last))


def page_by_key(
    queryset: QuerySet[Row], *, order: Sequence[str], after: int | None, size: int
) -> Page[Row]:
    """One page of `queryset`. `order` goes one way, ends in the primary key and holds no NULLs.

    `after` is looked up inside `queryset`, so a cursor to a row that the caller
    may not see behaves as if there were none.
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
