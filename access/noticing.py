"""Rows about patients, noticed as they come out of the database (see access/reading.py).

A model says besides on what ground somebody may be shown its rows: the same rule as `visible_to`,
asked of a row that is already here (see access/showing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeAlias

from django.db import connection, models

from access.enums import Ground, Right
from access.policy import Anyone, reach
from common.models import Recorded

#: Of a row's loaded columns and its patient's site, if known: on what ground it may be shown.
Judge: TypeAlias = Callable[[Mapping[str, Any], int | None], Ground | None]


@dataclass
class Reading:
    """What one request has loaded: by patient id, the kinds of record; and the patients' sites.

    `shown` are the rows that its face loaded, `parts` those of them that name no patient. What a
    deed loads, inside its transaction, is for the deed: it may have to look further than its caller.
    """

    depth: int = 0
    records: dict[int, set[str]] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)
    shown: list[models.Model] = field(default_factory=list)
    parts: list[PartOfRecord] = field(default_factory=list)
    #: Models of rows that came without the column that says whose they are: nobody could tell.
    nameless: set[str] = field(default_factory=set)
    looking_further: bool = False

    def notice(self, row: models.Model) -> None:
        """Remember whose record `row` belongs to. Never asks the database."""
        loaded = row.__dict__
        is_patient = row._meta.model_name == "patient"
        column = "id" if is_patient else "patient_id"
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

    def notice_part(self, row: PartOfRecord) -> None:
        if self._is_shown():
            self.parts.append(row)

    def _is_shown(self) -> bool:
        return not self.looking_further and _depth() <= self.depth


def _depth() -> int:
    """How many transactions stand around what happens now, one in the other."""
    return len(connection.atomic_blocks)


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def noticed() -> Iterator[Reading]:
    """Notice every patient's row that is loaded inside."""
    reading = Reading(depth=_depth())
    token = _reading.set(reading)
    try:
        yield reading
    finally:
        _reading.reset(token)


@contextmanager
def looking_further() -> Iterator[None]:
    """For a question that must look beyond its reader's reach: its rows are noticed, not judged.

    What it finds is not shown. Who uses it stands in tests/guards/test_showing.py.
    """
    reading = _reading.get() or Reading()
    before, reading.looking_further = reading.looking_further, True
    try:
        yield
    finally:
        reading.looking_further = before


class Noticed(models.Model):
    """A row about a patient: loading it is noticed while a request is answered."""

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
    def judge_for(cls, user: Anyone) -> Judge:
        """On what ground each row may be shown to `user`; where rows differ, a model says more."""
        rows: Any = cls._default_manager.all()
        right: Right = rows.seen_with
        within = reach(user, right)
        return lambda row, site_id: within.ground(site_id, row.get("patient_id"))


class PartOfRecord(models.Model):
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
            reading.notice_part(row)
        return row

    @classmethod
    def whole_model(cls) -> type[models.Model]:
        found: Any = cls._meta.get_field(cls.WHOLE).related_model
        return found  # type: ignore[no-any-return]


class PatientRecord(Noticed, Recorded):
    """A row of somebody's record; it knows when it was written."""

    class Meta:
        abstract = True
