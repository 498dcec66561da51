"""Models of clinical findings: substance use, diagnoses, events, assessments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.row_tracking import PatientRecord
from patients.models.people import ClinicalQuerySet, Patient


class Diagnosis(PatientRecord):
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("code", "onset_date", "resolved_date")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="diagnoses")
    code = models.CharField("ICD-10-CM code", max_length=8)
    description = models.CharField("description", max_length=200)
    onset_date = models.DateField("since", null=True, blank=True)
    resolved_date = models.DateField("resolved", null=True, blank=True)

    objects = ClinicalQuerySet["Diagnosis"].as_manager()

    class Meta:
        verbose_name = "diagnosis"
        verbose_name_plural = "diagnoses"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "code"],
                condition=Q(resolved_date__isnull=True),
                name="diagnosis_current_once",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$"),
                name="diagnosis_code_is_icd10cm",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"
