"""Models of clinical findings: substance use, diagnoses, events, assessments."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.row_tracking import PatientRecord
from patients.enums import EventKind, Instrument, Route, Substance, UseFrequency
from patients.models.people import ClinicalQuerySet, Patient
from vault.encrypted_fields import EncryptedCharField


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
