"""Write many rows at once by COPY. Ids are drawn first, so children can refer to parents.

Constraints and triggers apply as everywhere. Rows of one batch are written parents first; the
database checks foreign keys when the transaction ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED
from psycopg import sql
from psycopg.types.json import Jsonb

from access.models import AuditEntry, CareTeamPlace
from appointments.models import Appointment, HeldTime
from dispensary.models.doses import DoseRecord
from dispensary.models.naloxone import NaloxoneOffer
from patients.models import (
    Assessment,
    ClinicalEvent,
    Consent,
    ContactPoint,
    Diagnosis,
    EmergencyContact,
    Episode,
    Identifier,
    Patient,
    PrivacyNotice,
    SubstanceUse,
)
from treatments.models import (
    DrugTest,
    DrugTestResult,
    Goal,
    Intervention,
    Problem,
    TreatmentPlan,
)
from vault.encrypted_fields import BlindIndexField, EncryptedFieldMixin

PARENTS_FIRST: tuple[type[models.Model], ...] = (
    Patient,
    Identifier,
    ContactPoint,
    EmergencyContact,
    Consent,
    PrivacyNotice,
    Episode,
    SubstanceUse,
    Diagnosis,
    ClinicalEvent,
    Assessment,
    TreatmentPlan,
    Problem,
    Goal,
    Intervention,
    NaloxoneOffer,
    DoseRecord,
    DrugTest,
    DrugTestResult,
    Appointment,
    CareTeamPlace,
    AuditEntry,
)
#: No other row refers to rows of these tables, so the database numbers them.
LEAVES = frozenset(
    {
        Identifier,
        ContactPoint,
        EmergencyContact,
        Consent,
        PrivacyNotice,
        NaloxoneOffer,
        SubstanceUse,
        Diagnosis,
        ClinicalEvent,
        Assessment,
        Intervention,
        DoseRecord,
        DrugTestResult,
        Appointment,
        CareTeamPlace,
        AuditEntry,
    }
)
IDS_AT_ONCE = 2000


class Shape:
    """The columns of one table that are written, with their defaults."""

    def __init__(self, model: type[models.Model]) -> None:
        ours = [field for field in model._meta.concrete_fields if _is_ours(field, model)]
        self.defaults: dict[str, Any] = {field.attname: field.get_default() for field in ours}
        self.sealed = [field for field in ours if isinstance(field, EncryptedFieldMixin)]
        self.indexes = [field for field in ours if isinstance(field, BlindIndexField)]
        self.copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in ours),
        )

    def row(self, values: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values in the order of the columns. Raises TypeError for an unknown column."""
        row = {**self.defaults, **values}
        if len(row) != len(self.defaults):
            raise TypeError(f"No such columns: {set(row) - set(self.defaults)}.")
        # COPY bypasses the models, so what they would do on save is done here.
        for index in self.indexes:
            row[index.attname] = index.hash_in(row)
        for field in self.sealed:
            row[field.attname] = field.sealed(row[field.attname]) if row[field.attname] else b""
        return tuple(row.values())


class Ids:
    """Ids from the tables' sequences, drawn many at a time."""

    def __init__(self) -> None:
        self._drawn: dict[type[models.Model], Iterator[int]] = {}

    def next(self, model: type[models.Model]) -> int:
        drawn = next(self._drawn.get(model, iter(())), None)
        if drawn is None:
            self._drawn[model] = iter(_draw_ids(model))
            drawn = next(self._drawn[model])
        return drawn


class Batch:
    """Rows to be written together, and how many of each table were written so far."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._shapes = {model: _shape(model) for model in PARENTS_FIRST}
        self._rows: dict[type[models.Model], list[tuple[Any, ...]]] = defaultdict(list)
        self.written: dict[str, int] = defaultdict(int)

    def add(self, model: type[models.Model], **values: Any) -> int:
        """Add a row that other rows refer to, and return its id.

        Rows are values and not model instances, which would take twice the time.
        """
        number = self._ids.next(model)
        self._rows[model].append(self._shapes[model].row({**values, "id": number}))
        return number

    def add_leaf(self, model: type[models.Model], **values: Any) -> None:
        """Add a row that no other row refers to."""
        self._rows[model].append(self._shapes[model].row(values))

    def add_audit(self, entry: AuditEntry) -> None:
        values = {name: getattr(entry, name) for name in self._shapes[AuditEntry].defaults}
        self.add_leaf(AuditEntry, **{**values, "detail": Jsonb(entry.detail)})

    def write(self) -> None:
        """Write the rows, parents first. Call inside a transaction."""
        for model in PARENTS_FIRST:
            rows = self._rows.pop(model, [])
            if rows:
                self._copy(self._shapes[model], rows)
            self.written[str(model._meta.verbose_name_plural)] += len(rows)

    def _copy(self, shape: Shape, rows: list[tuple[Any, ...]]) -> None:
        # The driver's own method: its errors become Django's, as those of every other statement.
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(shape.copy) as copy,
        ):
            for row in rows:
                copy.write_row(row)


def analyze() -> None:
    """Update the planner's statistics; without it the first pages after a large load are slow."""
    filled: tuple[type[models.Model], ...] = (*PARENTS_FIRST, HeldTime)
    with connection.cursor() as cursor:
        for model in filled:
            cursor.execute(
                sql.SQL("ANALYZE {}").format(sql.Identifier(model._meta.db_table)).as_string()
            )


@cache
def _shape(model: type[models.Model]) -> Shape:
    return Shape(model)


def _is_ours(field: models.Field[Any, Any], model: type[models.Model]) -> bool:
    """Whether we write a column: not generated ones, and not those with a database default."""
    if field.primary_key:
        return model not in LEAVES
    return not field.generated and field.db_default is NOT_PROVIDED


def _draw_ids(model: type[models.Model]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, IDS_AT_ONCE],
        )
        return [number for (number,) in cursor.fetchall()]
