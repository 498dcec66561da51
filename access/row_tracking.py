"""Tracking of patients' rows as they are loaded (see access/audit/read_log.py).

Each model also says on which basis a user may see one of its rows. This is the rule of
`visible_to`, applied to a row that is already loaded (see access/audit/response_guard.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeAlias

from django.db import connection, models

from access.actor import Actor
from access.authz.policy import access_scope
from access.enums import AccessBasis, Permission
from common.models import Recorded

#: Takes the loaded columns of a row and the site of its patient, if known; returns the basis on
#: which the row may be shown, or None.
RowRule: TypeAlias = Callable[[Mapping[str, Any], int | None], AccessBasis | None]


@dataclass
class TrackedReads:
    """What one request has loaded: kinds of record by patient id, and the patients' sites.

    `shown` are the rows that the view loaded, and `parts` those that name no patient. Rows that an
    action loads inside its transaction are not among them: an action may have to read more than its
    caller may see.
    """

    depth: int = 0
    records: dict[int, set[str]] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)
    shown: list[ReadTracked] = field(default_factory=list)
    parts: list[ChildRecord] = field(default_factory=list)
    #: Models of rows that were loaded without the column of their patient.
    nameless: set[str] = field(default_factory=set)
    unguarded_reads: bool = False

    def notice(self, row: ReadTracked) -> None:
        """Track whose record `row` belongs to, without a database query."""
        loaded = row.__dict__
        column = row.PATIENT_ID_FIELD
        patient_id = loaded.get(column)
        if patient_id is None:
            # The column is not loaded, so the row may be any patient's. A row that belongs to no
            # patient (of a group) has the column with None.
            if column not in loaded and self._is_shown():
                self.nameless.add(type(row).__name__)
            return
        self.records.setdefault(patient_id, set()).add(str(row._meta.verbose_name))
        if loaded.get("site_id") is not None:
            self.sites[patient_id] = loaded["site_id"]
        if self._is_shown():
            self.shown.append(row)

    def track_child(self, row: ChildRecord) -> None:
        if self._is_shown():
            self.parts.append(row)

    def _is_shown(self) -> bool:
        return not self.unguarded_reads and _depth() <= self.depth


def _depth() -> int:
    """How many nested transactions are open now."""
    return len(connection.atomic_blocks)


_reading: ContextVar[TrackedReads | None] = ContextVar("reading", default=None)


@contextmanager
def track_reads() -> Iterator[TrackedReads]:
    """Track every patient's row that is loaded inside the block."""
    reading = TrackedReads(depth=_depth())
    token = _reading.set(reading)
    try:
        yield reading
    finally:
        _reading.reset(token)


@contextmanager
def unguarded_reads() -> Iterator[None]:
    """Exempt rows that are loaded inside from the response guard; they are still tracked.

    For queries that must read beyond the user's access scope and whose rows are not shown.
    tests/guards/test_response_guard.py lists the code that may use it.
    """
    reading = _reading.get() or TrackedReads()
    before, reading.unguarded_reads = reading.unguarded_reads, True
    try:
        yield
    finally:
        reading.unguarded_reads = before


class ReadTracked(models.Model):
    """Base model of rows about a patient; loading one is tracked while a request is handled."""

    #: The attribute with the patient's id; the patient model itself uses "id".
    PATIENT_ID_FIELD: ClassVar[str] = "patient_id"

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *arguments: Any, **options: Any) -> Self:
        row = super().from_db(*arguments, **options)
        reading = _reading.get()
        if reading is not None:
            reading.notice(row)
        return row

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        """Return the rule for showing rows to `user`; models whose rows differ override it."""
        rows: Any = cls._default_manager.all()
        right: Permission = rows.seen_with
        within = access_scope(user, right)
        return lambda row, site_id: within.ground(site_id, row.get("patient_id"))


class ChildRecord(models.Model):
    """Base model of rows that name no patient and are visible together with their parent row."""

    #: The foreign key to the parent row.
    WHOLE: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *arguments: Any, **options: Any) -> Self:
        row = super().from_db(*arguments, **options)
        reading = _reading.get()
        if reading is not None:
            reading.track_child(row)
        return row

    @classmethod
    def parent_model(cls) -> type[models.Model]:
        found: Any = cls._meta.get_field(cls.WHOLE).related_model
        return found  # type: ignore[no-any-return]


class PatientRecord(ReadTracked, Recorded):
    """Base model of rows in a patient's record, with the time of recording."""

    class Meta:
        abstract = True
