"""Models of clinical findings: substance use, diagnoses, events, assessments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.row_tracking import PatientRecord
from patients.enums import EventKind, Substance
from patients.models.people import ClinicalQuerySet, Patient
from vault.encrypted_fields import EncryptedCharField


class ClinicalEvent(PatientRecord):
    """A dated event on the timeline, such as a return to use, an overdose or a hospital stay."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "kind",
        "occurred_date",
        "substance",
        "note",
    )

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="events")
    kind = models.CharField("what happened", max_length=20, choices=EventKind.as_choices)
    occurred_date = models.DateField("on")
    substance = models.CharField(
        "substance", max_length=30, choices=Substance.as_choices, blank=True
    )
    naloxone_given = models.BooleanField("naloxone was given", null=True, blank=True)
    note = EncryptedCharField("note", max_length=500, blank=True)

    objects = ClinicalQuerySet["ClinicalEvent"].as_manager()

    class Meta:
        verbose_name = "event"
        indexes = [models.Index(fields=["patient", "-occurred_date"], name="event_of_patient")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.occurred_date:%-d %b %Y}"
