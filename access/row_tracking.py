"""Rows about patients, noticed as they come out of the database (see access/audit/read_log.py).

A model says besides on what ground somebody may be shown its rows: the same rule as `visible_to`,
asked of a row that is already here (see access/audit/response_guard.py).
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

#: Of a row's loaded columns and its patient's site, if known: on what ground it may be shown.
RowRule: TypeAlias = Callable[[Mapping[str, Any], int | None], AccessBasis | None]


@dataclass
class TrackedReads:
    """What one request has loaded: by patient id, the kinds of record; and the patients' sites.

    `shown` are the rows that its face loaded, `parts` those of them that name no patient. What a
    deed loads, inside its transaction, is for the deed: it may have to look further than its caller.
    """

    depth: int = 0
    records: dict[int, set[str]] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)
    shown: list[ReadTracked] = field(default_factory=list)
    parts: list[ChildRecord] = field(default_factory=list)
    #: Models of rows that came without the column that says whose they are: nobody could tell.
    nameless: set[str] = field(default_factory=set)
    unguarded_reads: bool = False

    def notice(self, row: ReadTracked) -> None:
        """Remember whose record `row` belongs to. Never asks the database."""
        loaded = row.__dict__
        column = row.PATIENT_ID_FIELD
        patient_id = loaded.get(column)
        if patient_id is None:
            # Not loaded, and so somebody's; a row that is of nobody (a group's) says None itself.
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
    """How many transactions stand around what happens now, one in the other."""
    return len(connection.atomic_blocks)


_reading: ContextVar[TrackedReads | None] = ContextVar("reading", default=None)


@contextmanager
def track_reads() -> Iterator[TrackedReads]:
    """Notice every patient's row that is loaded inside."""
    reading = TrackedReads(depth=_depth())
    token = _reading.set(reading)
    try:
        yield reading
    finally:
        _reading.reset(token)


@contextmanager
def unguarded_reads() -> Iterator[None]:
    """For a question that must look beyond its reader's reach: its rows are noticed, not judged.

    What it finds is not shown. Who uses it stands in tests/guards/test_showing.py.
    """
    reading = _reading.get() or TrackedReads()
    before, reading.unguarded_reads = reading.unguarded_reads, True
    try:
        yield
    finally:
        reading.unguarded_reads = before


class ReadTracked(models.Model):
    """A row about a patient: loading it is noticed while a request is answered."""

    #: The attribute that holds the patient's id; the patient's own table says "id".
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
        """On what ground each row may be shown to `user`; where rows differ, a model says more."""
        rows: Any = cls._default_manager.all()
        right: Permission = rows.seen_with
        within = access_scope(user, right)
        return lambda row, site_id: within.ground(site_id, row.get("patient_id"))


class ChildRecord(models.Model):
    """A row that names no patient, only the row it is a part of: seen with that one."""

    #: The field that names it.
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
    """A row of somebody's record; it knows when it was written."""

    class Meta:
        abstract = True
