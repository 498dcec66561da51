"""/diagnoses, /substance-uses, /events, /assessments, /drug-tests: what is known clinically."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from api import scopes
from api.contacts import OfPatient
from api.fields import DayField, Input, RowField, WordField, optional_text_of, text_of
from api.filters import DayFilter, Filters, IdFilter
from api.resources import Readable, creation
from common.errors import InvalidInput
from patients import actions
from patients.diagnosis_codes import CODES
from patients.enums import EventKind, Instrument, Route, Substance, UseFrequency
from patients.models import Assessment, ClinicalEvent, Diagnosis, SubstanceUse
from treatments.enums import Specimen
from treatments.models import DrugTest, DrugTestResult
from treatments.testing import record_drug_test

RIGHTS = {
    "list": Right.SEE_CLINICAL,
    "retrieve": Right.SEE_CLINICAL,
    "create": Right.RECORD_CLINICAL,
}
MOST_SUBSTANCES = 40


class DiagnosisOutput(serializers.ModelSerializer[Diagnosis]):
    class Meta:
        model = Diagnosis
        fields = (
            "id",
            "patient",
            "code",
            "description",
            "onset_date",
            "resolved_date",
            "recorded_at",
        )
        read_only_fields = fields


class NewDiagnosis(Input):
    patient = RowField(scopes.patients)
    code = serializers.CharField(max_length=8, help_text=f"ICD-10-CM, one of: {', '.join(CODES)}.")
    onset_date = DayField(required=False, allow_null=True)


class Diagnoses(Readable):
    """ICD-10-CM diagnoses."""

    rights = RIGHTS
    queryset = Diagnosis.objects.all()
    serializer_class = DiagnosisOutput
    filterset_class = OfPatient

    @creation(takes=NewDiagnosis, gives=DiagnosisOutput)
    def create(self, request: Request) -> Response:
        """Record a diagnosis. 409 if it is current already."""
        return self.deed(actions.record_diagnosis, NewDiagnosis, code=201)


class SubstanceUseOutput(serializers.ModelSerializer[SubstanceUse]):
    class Meta:
        model = SubstanceUse
        fields = (
            "id",
            "patient",
            "substance",
            "route",
            "frequency",
            "age_at_first_use",
            "is_primary",
            "recorded_at",
        )
        read_only_fields = fields


class NewSubstanceUse(Input):
    patient = RowField(scopes.patients)
    substance = WordField(Substance)
    route = WordField(Route, required=False)
    frequency = WordField(UseFrequency, required=False)
    age_at_first_use = serializers.IntegerField(
        min_value=0, max_value=110, required=False, allow_null=True
    )
    is_primary = serializers.BooleanField(required=False)


class SubstanceUses(Readable):
    """What the patient reports of each substance, as of `recorded_at`."""

    rights = RIGHTS
    queryset = SubstanceUse.objects.all()
    serializer_class = SubstanceUseOutput
    filterset_class = OfPatient

    @creation(takes=NewSubstanceUse, gives=SubstanceUseOutput)
    def create(self, request: Request) -> Response:
        """Record one substance: route, frequency, age at first use."""
        use = self.entered(NewSubstanceUse)
        row = actions.record_substance_use(
            patient=use.pop("patient"), use=use, now=timezone.now(), by=self.staff
        )
        return self.shown(row, code=201)


class EventOutput(serializers.ModelSerializer[ClinicalEvent]):
    class Meta:
        model = ClinicalEvent
        fields = (
            "id",
            "patient",
            "kind",
            "occurred_date",
            "substance",
            "naloxone_given",
            "note",
            "recorded_at",
        )
        read_only_fields = fields


class NewEvent(Input):
    patient = RowField(scopes.patients)
    kind = WordField(EventKind)
    occurred_date = DayField()
    substance = WordField(Substance, required=False, allow_blank=True)
    naloxone_given = serializers.BooleanField(required=False, allow_null=True)
    note = optional_text_of(ClinicalEvent, "note")


class EventFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    occurred_from = DayFilter(field_name="occurred_date", lookup_expr="gte")
    occurred_before = DayFilter(field_name="occurred_date", lookup_expr="lt")
    companions = {"occurred_from": ("patient",), "occurred_before": ("patient",)}


class Events(Readable):
    """Return to use, overdoses, hospital stays and the like."""

    rights = RIGHTS
    queryset = ClinicalEvent.objects.all()
    serializer_class = EventOutput
    filterset_class = EventFilters

    @creation(takes=NewEvent, gives=EventOutput)
    def create(self, request: Request) -> Response:
        """Record what happened, on the day it happened."""
        return self.deed(actions.record_event, NewEvent, code=201)


class AssessmentOutput(serializers.ModelSerializer[Assessment]):
    class Meta:
        model = Assessment
        fields = ("id", "patient", "instrument", "score", "assessed_date", "recorded_at")
        read_only_fields = fields


class NewAssessment(Input):
    """A total on the instrument's own scale."""

    patient = RowField(scopes.patients)
    instrument = WordField(Instrument)
    score = serializers.IntegerField(min_value=0, max_value=1000)
    assessed_date = DayField()


class AssessmentFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    assessed_from = DayFilter(field_name="assessed_date", lookup_expr="gte")
    assessed_before = DayFilter(field_name="assessed_date", lookup_expr="lt")
    companions = {"assessed_from": ("patient",), "assessed_before": ("patient",)}


class Assessments(Readable):
    """Scored instruments."""

    rights = RIGHTS
    queryset = Assessment.objects.all()
    serializer_class = AssessmentOutput
    filterset_class = AssessmentFilters

    @creation(takes=NewAssessment, gives=AssessmentOutput)
    def create(self, request: Request) -> Response:
        """Record a score; outside the instrument's range it is refused."""
        return self.deed(actions.record_assessment, NewAssessment, code=201)


class DrugTestResultOutput(serializers.ModelSerializer[DrugTestResult]):
    class Meta:
        model = DrugTestResult
        fields = ("substance", "is_positive")
        read_only_fields = fields


class DrugTestOutput(serializers.ModelSerializer[DrugTest]):
    results = DrugTestResultOutput(many=True, read_only=True)

    class Meta:
        model = DrugTest
        fields = (
            "id",
            "patient",
            "collected_date",
            "specimen",
            "is_random",
            "is_valid",
            "results",
            "recorded_at",
        )
        read_only_fields = fields


def refuse_two_results(attrs: Any) -> Any:
    """What was entered of a test, unless a substance was found in it and was not."""
    named = [*attrs.get("positive", ()), *attrs.get("negative", ())]
    if len(named) != len(set(named)):
        raise InvalidInput("A substance has one result in a test.", field="negative")
    return attrs


class NewDrugTest(Input):
    """Only random tests count towards the eight a year (42 CFR 8.12(f)(6))."""

    patient = RowField(scopes.patients)
    collected_date = DayField()
    is_random = serializers.BooleanField()
    specimen = WordField(Specimen, required=False)
    positive = serializers.ListField(
        child=text_of(DrugTestResult, "substance"), max_length=MOST_SUBSTANCES, required=False
    )
    negative = serializers.ListField(
        child=text_of(DrugTestResult, "substance"), max_length=MOST_SUBSTANCES, required=False
    )

    def validate(self, attrs: Any) -> Any:
        return refuse_two_results(attrs)


class DrugTestFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    collected_from = DayFilter(field_name="collected_date", lookup_expr="gte")
    collected_before = DayFilter(field_name="collected_date", lookup_expr="lt")
    companions = {"collected_from": ("patient",), "collected_before": ("patient",)}


class DrugTests(Readable):
    """Specimens and their results by substance."""

    rights = RIGHTS
    queryset = DrugTest.objects.prefetch_related("results")
    serializer_class = DrugTestOutput
    filterset_class = DrugTestFilters

    @creation(takes=NewDrugTest, gives=DrugTestOutput)
    def create(self, request: Request) -> Response:
        """Record a specimen and what was found in it."""
        return self.deed(record_drug_test, NewDrugTest, code=201)
