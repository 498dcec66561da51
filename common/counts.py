"""Several counts in one statement."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import Subquery

#: More is not counted for a number beside a word.
MOST_COUNTED = 99


class CountOf(Subquery):
    """How many rows a QuerySet has, up to `MOST_COUNTED`, as an annotation of another's rows."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk")[:MOST_COUNTED])
