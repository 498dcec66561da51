"""Accounting of disclosures that a patient may ask for (42 CFR 2.25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from access.models import User
from patients.models import Disclosure, Patient
from patients.models.disclosures import ACCOUNTED_YEARS


@dataclass(frozen=True)
class Accounting:
    """Disclosures from `first` to `last`: those that 2.25 counts, and the others."""

    first: date
    last: date
    rows: list[Disclosure]
    not_counted: list[Disclosure]


def accounting(*, patient: Patient, asked_date: date, user: User) -> Accounting:
    """List the disclosures of the three years up to and including `asked_date`."""
    first = years_before(asked_date, ACCOUNTED_YEARS)
    made = (
        Disclosure.objects.visible_to(user)
        .filter(patient=patient)
        .between(first, asked_date, patient.site.time_zone)
        .order_by(*Disclosure.ORDER)
    )
    counted = set(made.accounted().values_list("pk", flat=True))
    rows = list(made)
    return Accounting(
        first=first,
        last=asked_date,
        rows=[row for row in rows if row.pk in counted],
        not_counted=[row for row in rows if row.pk not in counted],
    )


def years_before(day: date, years: int) -> date:
    """Return the same day of an earlier year; February 29 becomes February 28.

    The earlier day is taken so that the period loses no day.
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
