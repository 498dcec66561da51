"""Who read whose record: noticed where rows are loaded, so that no page can forget it.

While a request is answered, every row of a patient's record that comes out of the
database is noticed by its model (`PatientRecord.from_db`). When the answer is about to
leave, `record_reading` writes one audit row for each patient in it, in one statement; if
that fails, so does the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from django.db import models

from access.audit import origin_of_the_deed, role_words, through
from access.enums import TrailKind
from access.models import AuditEntry, User
from access.policy import open_emergencies
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


class PatientRecord(Recorded):
    """A row of somebody's record: loading it is noticed while a request is answered."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *arguments: Any, **options: Any) -> Self:
        row = super().from_db(*arguments, **options)
        reading = _reading.get()
        if reading is not None:
            reading.notice(row)
        return row


def record_reading(
    reading: Reading, *, page: str, site_of: Callable[[int], Any], now: datetime, by: User
) -> None:
    """One row for each patient whose record left with the answer, in one statement.

    `site_of` gives an expression for the site of a patient of whom no loaded row said it.
    """
    emergencies = open_emergencies(by)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now,
            kind=TrailKind.READ,
            actor_id=by.pk,
            actor_label=by.name,
            actor_role=role_words(by, reading.sites.get(patient_id)),
            action="read",
            object_type="patient",
            object_id=patient_id,
            patient_id=patient_id,
            site_id=reading.sites.get(patient_id) or site_of(patient_id),
            origin=origin_of_the_deed(),
            detail={
                "page": page,
                "records": sorted(kinds),
                **through(by),
                **({"emergency": emergencies[patient_id]} if patient_id in emergencies else {}),
            },
        )
        for patient_id, kinds in sorted(reading.records.items())
    )


def record_refusal(*, page: str, named: Mapping[str, Any], now: datetime, by: User) -> None:
    """Somebody asked for what they may not have. Whether it exists is not said here either."""
    AuditEntry.objects.create(
        at=now,
        kind=TrailKind.REFUSAL,
        actor_id=by.pk,
        actor_label=by.name,
        actor_role=role_words(by, None),
        action="refused",
        object_type="page",
        origin=origin_of_the_deed(),
        detail={
            "page": page,
            "named": {name: str(value) for name, value in named.items()},
            **through(by),
        },
    )
