"""Helpers for all sources of due events."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TypeVar, cast

from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.db.models.lookups import IsNull

from reminders.enums import Step, Subject
from reminders.models import Reminder
from vault.encrypted_fields import encrypted_fields_of

#: For a date without an hour, steps are counted from noon, so that messages come in waking hours.
NOON = time(12)
#: Sites lie in different time zones: the query is a day wider, and the exact times are compared
#: after it.
ZONES_APART = timedelta(days=1)
#: Version of rows whose due date never changes.
VERSION = 1

Row = TypeVar("Row", bound=Model)


def not_planned(
    rows: QuerySet[Row], kind: Subject, step: Step, site: str = "site"
) -> QuerySet[Row]:
    """Return the rows that have no reminder of `step` yet in VERSION, with their `site`.

    Encrypted columns are not read: one row that cannot be decrypted would stop planning for all.
    The subquery is answered for each row by the index of the unique constraint. NOT EXISTS would
    become a join, which with outdated statistics compares every row with every reminder
    (reminders/sources/appointments.py).
    """
    planned = Reminder.objects.filter(subject_kind=kind, subject_id=OuterRef("pk"), step=step)
    asked = rows.filter(IsNull(Subquery(planned.values("pk")[:1]), True))
    return with_site(asked, site)


def with_site(rows: QuerySet[Row], site: str = "site") -> QuerySet[Row]:
    """Return rows with their site and the models between, without encrypted columns."""
    *between, _ = site.split("__")
    model: type[Model] = rows.model
    sealed, path = [field.name for field in encrypted_fields_of(model)], ""
    for step in between:
        path += f"{step}__"
        model = cast("type[Model]", model._meta.get_field(step).related_model)
        sealed += [path + field.name for field in encrypted_fields_of(model)]
    return rows.select_related(site).defer(*sealed)
