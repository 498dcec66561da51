"""What the database's planner could use, whatever it has learnt from the tests before."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

OTHERS = """
    SELECT indexrelid::regclass::text FROM pg_index
    LEFT JOIN pg_constraint ON conindid = indexrelid
    WHERE indrelid = %s::regclass AND NOT indisprimary AND conindid IS NULL
      AND indexrelid::regclass::text <> %s
"""


def plan_with_only(index: str, rows: QuerySet) -> str:  # type: ignore[type-arg]
    """How `rows` would be read if their table had no other index but this one and those of constraints.

    Only inside a test whose transaction is rolled back: the others are dropped in it.
    """
    table = rows.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(OTHERS, [table, index])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
    return rows.explain()
