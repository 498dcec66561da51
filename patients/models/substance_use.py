"""Models of clinical findings: substance use, diagnoses, events, assessments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.row_tracking import PatientRecord
from patients.enums import Route, Substance, UseFrequency
from patients.models.people import ClinicalQuerySet, Patient


class SubstanceUse(PatientRecord):
    """What the patient reported about one substance, as of `recorded_at`."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "substance",
        "route",
        "frequency",
        "age_at_first_use",
        "is_primary",
    )

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="substance_uses")
    substance = models.CharField("substance", max_length=30, choices=Substance.as_choices)
    route = models.CharField(
        "usual route", max_length=10, choices=Route.as_choices, default=Route.UNKNOWN
    )
    frequency = models.CharField(
        "frequency", max_length=10, choices=UseFrequency.as_choices, default=UseFrequency.UNKNOWN
    )
    age_at_first_use = models.PositiveSmallIntegerField("age at first use", null=True, blank=True)
    is_primary = models.BooleanField("primary substance", default=False)

    objects = ClinicalQuerySet["SubstanceUse"].as_manager()

    class Meta:
        verbose_name = "substance use"
        verbose_name_plural = "substance use history"
        constraints = [
            models.CheckConstraint(
                condition=Q(age_at_first_use__isnull=True) | Q(age_at_first_use__lte=110),
                name="substance_use_age_is_human",
            ),
        ]

    def __str__(self) -> str:
        return self.get_substance_display()
