"""Models of drug tests and their results."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.enums import Permission
from access.row_tracking import ChildRecord, PatientRecord
from patients.models import ClinicalQuerySet, LinkedQuerySet, Patient
from treatments.enums import (
    Specimen,
)


class DrugTest(PatientRecord):
    """A collected specimen. Only random tests count toward the eight a year (42 CFR 8.12(f)(6))."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("collected_date", "is_random", "specimen")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="drug_tests")
    collected_date = models.DateField("collection date")
    specimen = models.CharField(
        "specimen", max_length=12, choices=Specimen.as_choices, default=Specimen.URINE
    )
    is_random = models.BooleanField("random", null=True, blank=True)
    is_valid = models.BooleanField(
        "valid specimen",
        null=True,
        blank=True,
        help_text="Temperature in range. Empty if not recorded.",
    )

    objects = ClinicalQuerySet["DrugTest"].as_manager()

    class Meta:
        verbose_name = "drug test"
        constraints = [
            # Target of the foreign key of planned tests: none is settled by another patient's test,
            # nor a random one by a test that was not random.
            models.UniqueConstraint(
                fields=["id", "patient", "is_random"], name="drug_test_is_of_its_patient"
            ),
        ]
        indexes = [models.Index(fields=["patient", "-collected_date"], name="drug_test_of_patient")]

    def __str__(self) -> str:
        return f"Drug test of {self.collected_date:%-d %b %Y}"


class DrugTestResultQuerySet(LinkedQuerySet["DrugTestResult"]):
    seen_with = Permission.SEE_CLINICAL
    site_path = "test__patient__site_id"
    patient_path = "test__patient_id"


class DrugTestResult(ChildRecord):
    WHOLE = "test"
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("substance", "is_positive")

    test = models.ForeignKey(DrugTest, models.CASCADE, related_name="results")
    substance = models.CharField("substance", max_length=40)
    is_positive = models.BooleanField("positive")

    objects = DrugTestResultQuerySet.as_manager()

    class Meta:
        verbose_name = "drug test result"
        constraints = [
            models.UniqueConstraint(fields=["test", "substance"], name="drug_test_result_once"),
        ]

    def __str__(self) -> str:
        return f"{self.substance}: {'positive' if self.is_positive else 'negative'}"
