"""What every source of reminders gives: occasions in a window of time, and one of them as it is now."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TypeVar, cast

from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.db.models.lookups import IsNull

from reminders.enums import Step, Subject
from reminders.models import Reminder
from vault.encrypted_fields import encrypted_fields_of

#: A day has no hour: steps are counted from its noon, so that messages fall into waking hours.
NOON = time(12)
#: Sites lie in different zones: days are looked up a day wider and compared exactly afterwards.
ZONES_APART = timedelta(days=1)
#: Of rows in which what falls due never changes.
VERSION = 1

Row = TypeVar("Row", bound=Model)


def not_planned(
    rows: QuerySet[Row], kind: Subject, step: Step, site: str = "site"
) -> QuerySet[Row]:
    """Those of VERSION that have no reminder of `step` yet, with their `site`.

    Without what is sealed: one row that cannot be unsealed would keep all the others from being planned.
    Asked of each row by the index of the unique constraint: as NOT EXISTS it would be a join, and with
    statistics of before a great many were planned, one of each with each (reminders/sources/appointments.py).
    """
    planned = Reminder.objects.filter(subject_kind=kind, subject_id=OuterRef("pk"), step=step)
    asked = rows.filter(IsNull(Subquery(planned.values("pk")[:1]), True))
    return with_site(asked, site)


def with_site(rows: QuerySet[Row], site: str = "site") -> QuerySet[Row]:
    """Rows with their site and whatever stands between, all without what is sealed."""
    *between, _ = site.split("__")
    model: type[Model] = rows.model
    sealed, path = [field.name for field in encrypted_fields_of(model)], ""
    for step in between:
        path += f"{step}__"
        model = cast("type[Model]", model._meta.get_field(step).related_model)
        sealed += [path + field.name for field in encrypted_fields_of(model)]
    return rows.select_related(site).defer(*sealed)
