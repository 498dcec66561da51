"""Models of clinical findings: substance use, diagnoses, events, assessments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.row_tracking import PatientRecord
from patients.enums import Instrument
from patients.models.people import ClinicalQuerySet, Patient


class Assessment(PatientRecord):
    """A scored instrument; `score` is on the instrument's own scale."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("score", "assessed_date")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="assessments")
    instrument = models.CharField("instrument", max_length=20, choices=Instrument.as_choices)
    assessed_date = models.DateField("on")
    score = models.PositiveSmallIntegerField("score")

    objects = ClinicalQuerySet["Assessment"].as_manager()

    class Meta:
        verbose_name = "assessment"
        constraints = [
            models.CheckConstraint(
                condition=Q(instrument=Instrument.COWS, score__lte=48)
                | Q(instrument=Instrument.WITHDRAWAL_BAND, score__lte=3)
                | Q(instrument=Instrument.PHQ9, score__lte=27)
                | Q(instrument=Instrument.GAD7, score__lte=21),
                name="assessment_score_in_range",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-assessed_date"], name="assessment_of_patient")]

    def __str__(self) -> str:
        return f"{self.get_instrument_display()}: {self.score}"
