"""/drug-tests: specimens and their results."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.framework import row_lookups
from api.framework.fields import DayField, Input, RowField, WordField, text_of
from api.framework.filters import DayFilter, Filters, IdFilter
from api.framework.resource import Readable, creation
from api.resources.clinical_findings import RIGHTS
from common.errors import InvalidInput
from treatments.actions.drug_tests import record_drug_test
from treatments.enums import Specimen
from treatments.models import DrugTest, DrugTestResult

MOST_SUBSTANCES = 40


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
    """Return `attrs`; raise InvalidInput if a substance is both positive and negative."""
    named = [*attrs.get("positive", ()), *attrs.get("negative", ())]
    if len(named) != len(set(named)):
        raise InvalidInput("A substance can have only one result in a test.", field="negative")
    return attrs


class NewDrugTest(Input):
    """Only random tests count toward the eight a year (42 CFR 8.12(f)(6))."""

    patient = RowField(row_lookups.patients)
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
        """Record a specimen and its results."""
        return self.run_action(record_drug_test, NewDrugTest, code=201)
