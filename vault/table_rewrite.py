"""Rewriting of encrypted columns in frozen tables, only by the owner of the tables.

Triggers freeze signed plans, the dose ledger and consents, without exceptions. So the owner
disables a table's triggers for one short transaction and enables them again in the same one. Until
it ends, no other transaction can write to that table (SHARE ROW EXCLUSIVE), so nothing bypasses the
triggers; reading goes on. The database account of the running application owns no table and cannot
do this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg import sql

UPDATE_TRIGGERS = """
    SELECT tgname FROM pg_trigger
    WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O' AND tgtype & 16 <> 0
    ORDER BY tgname
"""


def watching_triggers(cursor: Any, table: str) -> list[str]:
    """Names of the triggers that fire on an UPDATE of `table`."""
    cursor.execute(UPDATE_TRIGGERS, [table])
    return [name for (name,) in cursor.fetchall()]


@contextmanager
def unwatched(cursor: Any, table: str) -> Iterator[None]:
    """Disable the update triggers of `table` inside the block.

    Call it in a transaction that ends soon.
    """
    names = watching_triggers(cursor, table)
    if names:
        flush_deferred_constraints(cursor)
    for name in names:
        _run(cursor, "ALTER TABLE {} DISABLE TRIGGER {}", table, name)
    yield
    flush_deferred_constraints(cursor)
    for name in names:
        _run(cursor, "ALTER TABLE {} ENABLE TRIGGER {}", table, name)


def flush_deferred_constraints(cursor: Any) -> None:
    """Check deferred constraints now; a table with pending checks cannot be altered."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def is_owner(table: str) -> bool:
    """Whether the account of this connection owns the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass", [table]
        )
        return bool(cursor.fetchone() == (True,))


def write_columns(
    cursor: Any, table: str, columns: Sequence[str], kind: str, rows: Sequence[Sequence[Any]]
) -> None:
    """Update many rows in one statement.

    Each of `rows` is an id and then a value of type `kind` for each of `columns`.
    """
    names = [sql.Identifier(name) for name in columns]
    statement = sql.SQL(
        "UPDATE {table} held SET {assignments} FROM unnest(%s::bigint[], {kinds})"
        " AS given(id, {names}) WHERE held.id = given.id"
    ).format(
        table=sql.Identifier(table),
        assignments=sql.SQL(", ").join(sql.SQL("{0} = given.{0}").format(name) for name in names),
        kinds=sql.SQL(", ").join([sql.SQL(f"%s::{kind}[]")] * len(names)),
        names=sql.SQL(", ").join(names),
    )
    cursor.execute(
        statement.as_string(cursor.connection), [list(one) for one in zip(*rows, strict=True)]
    )


def _run(cursor: Any, statement: str, *names: str) -> None:
    made = sql.SQL(statement).format(*map(sql.Identifier, names))
    cursor.execute(made.as_string(cursor.connection))
