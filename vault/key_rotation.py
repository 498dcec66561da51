"""Rotation of encryption keys while the clinic works, in short complete transactions.

If it is interrupted, nothing is lost: rows that were rewritten use the first key, the others still
use their own, and the next run continues with them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, models, transaction
from psycopg import errors, sql

from vault import encryption
from vault.encrypted_fields import blind_indexes, encrypted_fields_of
from vault.table_rewrite import unwatched, watching_triggers, write_columns

ROWS_AT_ONCE = 500
#: How long a batch waits for a lock on a frozen table, how often it tries, and the pause between.
PATIENCE, TRIES, PAUSE_SECONDS = "2s", 30, 0.2
PASSES = 5


@dataclass(frozen=True)
class Progress:
    """Progress after one batch of one table."""

    table: str
    rows: int


def encrypted_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if encrypted_fields_of(model)]


def rows_under_old_keys(model: type[models.Model]) -> int:
    """Count the rows with a value that the first keys did not make. Reads the table once."""
    if _hashes_may_be_old(model):
        return sum(len(_stale_rows(rows, model)) for rows in _all_pages(model))
    with connection.cursor() as cursor:
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
            _table(model), _is_old(model)
        )
        cursor.execute(statement.as_string(cursor.connection), _names(model))
        (count,) = cursor.fetchone()
        return int(count)


def rotate(model: type[models.Model]) -> Iterator[Progress]:
    """Rewrite values under old keys; yields the progress of each committed batch.

    Rows that another transaction has locked are skipped and tried again in the next pass.
    """
    for _ in range(PASSES):
        last = 0
        while batch := _batch_with_retries(model, last):
            last, written = batch
            yield Progress(model._meta.db_table, written)
        if not rows_under_old_keys(model):
            return
        time.sleep(PAUSE_SECONDS)


def _batch_with_retries(model: type[models.Model], after: int) -> tuple[int, int] | None:
    """Run one batch; retry while another transaction holds locks on a frozen table."""
    for attempt in range(1, TRIES + 1):
        try:
            return _batch(model, after)
        except OperationalError as problem:
            busy = isinstance(problem.__cause__, errors.LockNotAvailable | errors.DeadlockDetected)
            if not busy or attempt == TRIES:
                raise
            time.sleep(PAUSE_SECONDS)
    return None


@transaction.atomic
def _batch(model: type[models.Model], after: int) -> tuple[int, int] | None:
    """Rewrite one batch; returns the last id read and the rows written, or None at the end."""
    waiting = _rows(model, after, limit=1)
    if not waiting:
        return None
    table, first = model._meta.db_table, waiting[0][0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        if watching_triggers(cursor, table):
            with unwatched(cursor, table):
                return _write_anew(cursor, model, after, first)
        return _write_anew(cursor, model, after, first)


def _write_anew(cursor: Any, model: type[models.Model], after: int, first: int) -> tuple[int, int]:
    rows = _rows(model, after, limit=ROWS_AT_ONCE, locking="FOR NO KEY UPDATE SKIP LOCKED")
    stale = _stale_rows(rows, model)
    if stale:
        columns = [str(field.column) for field in _fields(model)]
        write_columns(cursor, model._meta.db_table, columns, "bytea", stale)
    # No rows although `first` was there: another transaction has locked it; go on after it.
    return (rows[-1][0] if rows else first), len(stale)


def _stale_rows(rows: list[tuple[Any, ...]], model: type[models.Model]) -> list[tuple[Any, ...]]:
    """The rows that change under the first keys, with their new values."""
    found = []
    for number, *kept in rows:
        anew = _under_first_keys(model, kept)
        if anew != kept:
            found.append((number, *anew))
    return found


def _under_first_keys(model: type[models.Model], kept: list[bytes]) -> list[bytes]:
    first = encryption.key_name(settings.FIELD_ENCRYPTION_KEYS[0])
    anew: dict[str, bytes] = {}
    values: dict[str, Any] = {}
    old_hashes = _hashes_may_be_old(model)
    indexed = {index.of for index in blind_indexes(model)}
    for field, sealed in zip(encrypted_fields_of(model), kept, strict=False):
        old = bool(sealed) and encryption.key_name_of(sealed) != first
        if old or (old_hashes and field.name in indexed):
            values[field.name] = field.unsealed(sealed)
        anew[field.name] = field.sealed(values[field.name]) if old else sealed
    for index, made in zip(blind_indexes(model), kept[len(anew) :], strict=True):
        anew[index.name] = _hash_anew(index, values[index.of], made) if old_hashes else made
    return list(anew.values())


def _hash_anew(index: Any, value: str, made: bytes) -> bytes:
    """Hash with the first key; a hash that no key makes of this value stays as it is."""
    known: list[bytes] = index.hashes(value)
    return known[0] if made in known else made


def _rows(
    model: type[models.Model], after: int, *, limit: int, locking: str = ""
) -> list[tuple[Any, ...]]:
    condition = sql.SQL("true") if _hashes_may_be_old(model) else _is_old(model)
    statement = sql.SQL(
        "SELECT id, {} FROM {} WHERE id > %s AND ({}) ORDER BY id LIMIT %s "
    ).format(
        sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in _fields(model)),
        _table(model),
        condition,
    ) + sql.SQL(locking)
    names = [] if _hashes_may_be_old(model) else _names(model)
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.connection), [after, *names, limit])
        return [(row[0], *map(bytes, row[1:])) for row in cursor.fetchall()]


def _all_pages(model: type[models.Model]) -> Iterator[list[tuple[Any, ...]]]:
    last = 0
    while rows := _rows(model, last, limit=ROWS_AT_ONCE):
        yield rows
        last = rows[-1][0]


def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [*encrypted_fields_of(model), *blind_indexes(model)]


def _hashes_may_be_old(model: type[models.Model]) -> bool:
    """A hash does not say which key made it, so with two keys every row is read."""
    return bool(blind_indexes(model)) and len(settings.BLIND_INDEX_KEYS) > 1


def _is_old(model: type[models.Model]) -> sql.Composed:
    return sql.SQL(" OR ").join(
        sql.SQL("(octet_length({0}) > 0 AND substring({0} FROM 2 FOR 8) <> %s)").format(
            sql.Identifier(str(field.column))
        )
        for field in encrypted_fields_of(model)
    )


def _names(model: type[models.Model]) -> list[bytes]:
    return [encryption.key_name(settings.FIELD_ENCRYPTION_KEYS[0])] * len(
        encrypted_fields_of(model)
    )


def _table(model: type[models.Model]) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)
