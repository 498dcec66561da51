"""Migration operations that encrypt plain columns, and decrypt them when reversed.

The type of the columns changes, so PostgreSQL rewrites the table at the end, and no page of it
keeps the plain text. Plain text that was written to the write-ahead log or to backups before stays
there: see docs/decisions/0013-column-encryption.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field
from psycopg import sql

from vault.encrypted_fields import (
    ENCRYPTED_MARK,
    EncryptedFieldMixin,
    EncryptedListField,
    blind_indexes,
)
from vault.table_rewrite import flush_deferred_constraints, unwatched, write_columns

ROWS_AT_ONCE = 2000


class EncryptColumns(Operation):
    """Change the named fields of a model to the encrypted fields given here."""

    reversible = True

    def __init__(self, model_name: str, fields: Mapping[str, Field[Any, Any]]) -> None:
        self.model_name, self.fields = model_name, dict(fields)

    def deconstruct(self) -> Any:
        return type(self).__name__, [], {"model_name": self.model_name, "fields": self.fields}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for name, field in self.fields.items():
            state.alter_field(app_label, self.model_name.lower(), name, field, True)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        fields = [model._meta.get_field(name) for name in self.fields]
        table = model._meta.db_table
        with schema_editor.connection.cursor() as cursor, unwatched(cursor, table):
            _retype(cursor, table, {field: ("text", _as_text(field)) for field in fields})
            _rewrite(cursor, table, fields, _encrypted_hex)
            _retype(
                cursor,
                table,
                dict.fromkeys(fields, (ENCRYPTED_MARK, f"decode({{0}}, 'hex')::{ENCRYPTED_MARK}")),
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        sealed = from_state.apps.get_model(app_label, self.model_name)
        plain = to_state.apps.get_model(app_label, self.model_name)
        table = plain._meta.db_table
        fields = [sealed._meta.get_field(name) for name in self.fields]
        with schema_editor.connection.cursor() as cursor, unwatched(cursor, table):
            _retype(cursor, table, dict.fromkeys(fields, ("text", "encode({0}, 'hex')")))
            _rewrite(cursor, table, fields, _decrypted_text)
            kinds = {
                field: str(plain._meta.get_field(field.name).db_type(schema_editor.connection))
                for field in fields
            }
            _retype(
                cursor, table, {field: (kind, f"{{0}}::{kind}") for field, kind in kinds.items()}
            )

    def describe(self) -> str:
        return f"Encrypt {', '.join(self.fields)} of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"seal_{self.model_name.lower()}"


def fill_blind_indexes(app_label: str, model_name: str) -> Any:
    """For RunPython: fill the hashes of rows that existed before the column.

    Two rows with the same value in different spellings (a number with and without its +1) would now
    have the same hash. The later row gets a hash that no search looks for; the value is still found
    through the earlier row.
    """

    def fill(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        model = apps.get_model(app_label, model_name)
        seen: set[tuple[Any, bytes]] = set()
        with schema_editor.connection.cursor() as cursor:
            for rows in _pages(model.objects.order_by("pk")):
                for index in blind_indexes(model):
                    found = [(row.pk, _own_hash(index, row, seen)) for row in rows]
                    write_columns(cursor, model._meta.db_table, [str(index.column)], "bytea", found)
            flush_deferred_constraints(cursor)

    return fill


def _own_hash(index: Any, row: Any, seen: set[tuple[Any, bytes]]) -> bytes:
    made: bytes = index.hash_of(getattr(row, index.of))
    owner = tuple(value for name, value in sorted(vars(row).items()) if name in OWNERS)
    if (owner, made) in seen:
        return bytes(index.hash_of(f"row {row.pk}"))
    seen.add((owner, made))
    return made


#: Columns within which a value is unique.
OWNERS = {"patient_id", "kind", "system", "site_id"}


def _pages(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while page := list(rows.filter(pk__gt=last)[:ROWS_AT_ONCE]):
        yield page
        last = page[-1].pk


def _as_text(field: Any) -> str:
    return "array_to_json({0})::text" if isinstance(field, EncryptedListField) else "{0}::text"


def _retype(cursor: Any, table: str, kinds: Mapping[Any, tuple[str, str]]) -> None:
    """Change all columns in one statement, so that the table is rewritten only once."""
    changes = [
        sql.SQL("ALTER COLUMN {0} TYPE " + kind + " USING " + how).format(
            sql.Identifier(field.column)
        )
        for field, (kind, how) in kinds.items()
    ]
    flush_deferred_constraints(cursor)
    made = sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(table), sql.SQL(", ").join(changes))
    cursor.execute(made.as_string(cursor.connection))


def _rewrite(cursor: Any, table: str, fields: list[Any], change: Any) -> None:
    columns = [field.column for field in fields]
    statement = sql.SQL("SELECT id, {} FROM {} WHERE id > %s ORDER BY id LIMIT %s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
    )
    last = 0
    while True:
        cursor.execute(statement.as_string(cursor.connection), [last, ROWS_AT_ONCE])
        rows = cursor.fetchall()
        if not rows:
            return
        changed = [
            (row[0], *(change(field, text) for field, text in zip(fields, row[1:], strict=True)))
            for row in rows
        ]
        write_columns(cursor, table, columns, "text", changed)
        last = rows[-1][0]


def _encrypted_hex(field: EncryptedFieldMixin, text: str) -> str:
    value = json.loads(text or "[]") if isinstance(field, EncryptedListField) else text
    return field.sealed(value).hex()


def _decrypted_text(field: EncryptedFieldMixin, text: str) -> str:
    value = field.unsealed(bytes.fromhex(text))
    if isinstance(field, EncryptedListField):
        inside = ",".join('"' + one.replace("\\", r"\\").replace('"', r"\"") + '"' for one in value)
        return f"{{{inside}}}"
    return str(value)
