"""Rows about patients, noticed as they come out of the database (see access/reading.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import models

from common.models import Recorded


@dataclass
class Reading:
    """What one request has loaded: by patient id, the kinds of record; and the patients' sites."""

    records: dict[int, set[str]] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)

    def notice(self, row: models.Model) -> None:
        """Remember whose record `row` belongs to. Never asks the database."""
        loaded = row.__dict__
        is_patient = row._meta.model_name == "patient"
        patient_id = loaded.get("id") if is_patient else loaded.get("patient_id")
        if patient_id is None:
            return
        self.records.setdefault(patient_id, set()).add(str(row._meta.verbose_name))
        if loaded.get("site_id") is not None:
            self.sites[patient_id] = loaded["site_id"]


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def noticed() -> Iterator[Reading]:
    """Notice every patient's row that is loaded inside."""
    reading = Reading()
    token = _reading.set(reading)
    try:
        yield reading
    finally:
        _reading.reset(token)


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


class PatientRecord(Noticed, Recorded):
    """A row of somebody's record; it knows when it was written."""

    class Meta:
        abstract = True
