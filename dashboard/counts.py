"""Row counts as annotations, so that several counts need one statement."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import Subquery

#: Counts shown in badges stop here.
MOST_COUNTED = 99


class CountOf(Subquery):
    """Annotation with the number of rows of a queryset, up to `MOST_COUNTED`."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk")[:MOST_COUNTED])
