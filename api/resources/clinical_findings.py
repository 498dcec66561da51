"""/diagnoses, /substance-uses, /events, /assessments: clinical findings."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import DayField, Input, RowField, WordField, optional_text_of
from api.framework.filters import DayFilter, Filters, IdFilter
from api.framework.resource import Readable, creation
from api.resources.contacts import OfPatient
from patients.actions.findings import (
    record_assessment,
    record_diagnosis,
    record_event,
    record_substance_use,
)
from patients.diagnosis_codes import CODES
from patients.enums import EventKind, Instrument, Route, Substance, UseFrequency
from patients.models import Assessment, ClinicalEvent, Diagnosis, SubstanceUse

RIGHTS = {
    "list": Permission.SEE_CLINICAL,
    "retrieve": Permission.SEE_CLINICAL,
    "create": Permission.RECORD_CLINICAL,
}


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
    patient = RowField(row_lookups.patients)
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
        """Record a diagnosis. 409 if it is already current."""
        return self.run_action(record_diagnosis, NewDiagnosis, code=201)


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
    patient = RowField(row_lookups.patients)
    substance = WordField(Substance)
    route = WordField(Route, required=False)
    frequency = WordField(UseFrequency, required=False)
    age_at_first_use = serializers.IntegerField(
        min_value=0, max_value=110, required=False, allow_null=True
    )
    is_primary = serializers.BooleanField(required=False)


class SubstanceUses(Readable):
    """What the patient reports about each substance, as of `recorded_at`."""

    rights = RIGHTS
    queryset = SubstanceUse.objects.all()
    serializer_class = SubstanceUseOutput
    filterset_class = OfPatient

    @creation(takes=NewSubstanceUse, gives=SubstanceUseOutput)
    def create(self, request: Request) -> Response:
        """Record one substance: route, frequency, age at first use."""
        use = self.validated(NewSubstanceUse)
        row = record_substance_use(
            patient=use.pop("patient"), use=use, now=timezone.now(), by=self.staff
        )
        return self.respond(row, code=201)


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
    patient = RowField(row_lookups.patients)
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
        """Record an event, with the day on which it happened."""
        return self.run_action(record_event, NewEvent, code=201)


class AssessmentOutput(serializers.ModelSerializer[Assessment]):
    class Meta:
        model = Assessment
        fields = ("id", "patient", "instrument", "score", "assessed_date", "recorded_at")
        read_only_fields = fields


class NewAssessment(Input):
    """A total score on the instrument's own scale."""

    patient = RowField(row_lookups.patients)
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
        """Record a score; one outside the instrument's range is refused."""
        return self.run_action(record_assessment, NewAssessment, code=201)
