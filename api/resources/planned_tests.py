"""/planned-tests: drug tests planned for a day, or drawn at random."""

from __future__ import annotations

from random import SystemRandom
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import DayField, Input, RowField, WordField, text_of
from api.framework.resource import Readable, creation, verb, verb_of_all
from api.resources.contacts import OfPatient
from api.resources.drug_tests import MOST_SUBSTANCES, DrugTestOutput, refuse_two_results
from api.resources.reference_lists import OfSite
from appointments.queries import open_days
from common.errors import InvalidInput
from treatments.actions.drug_tests import (
    FURTHEST,
    call_off_planned_test,
    draw_random_test,
    plan_drug_test,
    take_planned_test,
)
from treatments.enums import Specimen
from treatments.models import DrugTestResult, PlannedTest


class PlannedTestOutput(serializers.ModelSerializer[PlannedTest]):
    """`test` is the drug test that was taken. A random test is listed from its day on."""

    class Meta:
        model = PlannedTest
        fields = (
            "id",
            "patient",
            "site",
            "due_date",
            "is_random",
            "planned_by",
            "test",
            "called_off_at",
            "called_off_by",
            "reason",
            "recorded_at",
        )
        read_only_fields = fields


class DrawnTestOutput(serializers.ModelSerializer[PlannedTest]):
    """A random test that was drawn, without its day; the record can be read from that day on."""

    class Meta:
        model = PlannedTest
        fields = ("id", "patient", "site", "is_random", "planned_by", "recorded_at")
        read_only_fields = fields


class NewPlannedTest(Input):
    patient = RowField(row_lookups.patients)
    due_date = DayField()


class Draw(Input):
    """One of the open days of the site in [from_date, until_date), each equally likely."""

    patient = RowField(row_lookups.patients)
    from_date = DayField()
    until_date = DayField()

    def validate(self, attrs: Any) -> Any:
        first, end = attrs.pop("from_date"), attrs.pop("until_date")
        if not first < end <= first + FURTHEST:
            raise InvalidInput("A period of one day to one year.", field="until_date")
        days = open_days(site=attrs["patient"].site, from_date=first, until_date=end)
        return {**attrs, "days": days}


class TakenTest(Input):
    """The specimen and its results."""

    collected_date = DayField()
    specimen = WordField(Specimen, required=False)
    positive = serializers.ListField(
        child=text_of(DrugTestResult, "substance"), max_length=MOST_SUBSTANCES, required=False
    )
    negative = serializers.ListField(
        child=text_of(DrugTestResult, "substance"), max_length=MOST_SUBSTANCES, required=False
    )

    def validate(self, attrs: Any) -> Any:
        return refuse_two_results(attrs)


class CalledOff(Input):
    reason = text_of(PlannedTest, "reason")


class PlannedTestFilters(OfPatient, OfSite):
    """By patient, or by site."""


class PlannedTests(Readable):
    """Planned drug tests and their outcomes, latest day first.

    Random tests are not listed before their day.
    """

    rights = {
        "list": Permission.SEE_CLINICAL,
        "retrieve": Permission.SEE_CLINICAL,
        "create": Permission.RECORD_CLINICAL,
        "draw": Permission.RECORD_CLINICAL,
        "take": Permission.RECORD_CLINICAL,
        "call_off": Permission.RECORD_CLINICAL,
    }
    queryset = PlannedTest.objects.all()
    serializer_class = PlannedTestOutput
    filterset_class = PlannedTestFilters
    order = PlannedTest.ORDER

    def get_queryset(self) -> QuerySet[PlannedTest]:
        rows: Any = super().get_queryset()
        if self.action == "call_off":
            return rows  # type: ignore[no-any-return]
        told: QuerySet[PlannedTest] = rows.told(now=timezone.now())
        return told

    @creation(takes=NewPlannedTest, gives=PlannedTestOutput)
    def create(self, request: Request) -> Response:
        """Plan a test that is not random. 409 `test_planned_already` on a day that has one."""
        return self.run_action(plan_drug_test, NewPlannedTest, code=201)

    @verb_of_all("draw", takes=Draw, gives=DrawnTestOutput)
    def draw(self, request: Request) -> Response:
        """Draw the day of a random test. The response does not contain the day."""
        row = draw_random_test(
            **self.validated(Draw), chance=SystemRandom(), now=timezone.now(), by=self.staff
        )
        return Response(DrawnTestOutput(row).data, status=201)

    @verb("take", takes=TakenTest, gives=DrugTestOutput, code=201)
    def take(self, request: Request, pk: int) -> Response:
        """Record the specimen of a planned test; returns the drug test."""
        test = take_planned_test(
            planned=self.get_object(),
            **self.validated(TakenTest),
            now=timezone.now(),
            by=self.staff,
        )
        return Response(DrugTestOutput(test).data, status=201)

    @verb("call-off", takes=CalledOff, gives=PlannedTestOutput)
    def call_off(self, request: Request, pk: int) -> Response:
        """Call off a test that will not be taken. A random test can be called off before its day."""
        return self.run_action(call_off_planned_test, CalledOff, planned=self.get_object())
