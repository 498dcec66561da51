"""Helpers shared by the actions on consents, restrictions and disclosures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from common.errors import InvalidInput
from common.time_zones import day_of
from patients.models import Patient


def clean_text(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, (list, tuple)):
        return [entry for entry in dict.fromkeys(map(clean_text, value)) if entry]
    return value


def refuse_future(day: date, patient: Patient, now: datetime, field: str) -> None:
    if day > day_of(now, patient.site.time_zone):
        raise InvalidInput("This date is in the future.", field=field)


def lock(patient: Patient) -> None:
    """Lock the patient, so that ending a consent, a restriction and a disclosure do not overlap."""
    Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk).exists()
