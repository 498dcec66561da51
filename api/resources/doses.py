"""/doses: the dose ledger. Amounts are milligrams, as strings."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fast_serializers import LeanOutput
from api.framework.fields import (
    DayField,
    Input,
    RowField,
    WordField,
    milligrams,
    optional_text_of,
    text_of,
)
from api.framework.filters import ChoiceFilter, DayFilter, Filters, IdFilter
from api.framework.resource import Readable, verb, verb_of_all
from dispensary.actions.doses import (
    correct_dose,
    give_dose,
    give_take_home_doses,
    record_missed_dose,
)
from dispensary.actions.void_doses import void_dose
from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from treatments.enums import Product

#: The most days that can be handed out at once (42 CFR 8.12(i)(3)); the action has the other
#: limits.
MOST_TAKE_HOME_DAYS = 28


class DoseOutput(LeanOutput[DoseRecord]):
    """One dose record. `voided_by` is the id of the record that voids it."""

    voided_by = serializers.IntegerField(source="voided_by.pk", read_only=True, allow_null=True)

    class Meta:
        model = DoseRecord
        fields = (
            "id",
            "patient",
            "episode",
            "site",
            "dose_date",
            "outcome",
            "product",
            "amount_mg",
            "portion",
            "correction",
            "recorded_by",
            "voids",
            "voided_by",
            "reason",
            "recorded_at",
        )
        read_only_fields = fields


class TakeHomeOutput(serializers.Serializer[object]):
    results = DoseOutput(many=True, read_only=True)


class GivenDose(Input):
    """A dose taken under observation; it must be what the signed plan orders."""

    episode = RowField(row_lookups.episodes)
    product = WordField(Product)
    amount_mg = milligrams()
    dose_date = DayField()


class TakeHomeDoses(Input):
    """Doses for `days` days from `first_date`, each of `amount_mg`, all or none."""

    episode = RowField(row_lookups.episodes)
    product = WordField(Product)
    amount_mg = milligrams()
    first_date = DayField()
    days = serializers.IntegerField(min_value=1, max_value=MOST_TAKE_HOME_DAYS)
    rationale = text_of(DoseRecord, "reason")


class MissedDose(Input):
    episode = RowField(row_lookups.episodes)
    dose_date = DayField()
    reason = optional_text_of(DoseRecord, "reason")


class Voiding(Input):
    reason = text_of(DoseRecord, "reason", help_text="What was wrong with the row.")


class Correction(Input):
    """What was really given, whatever was ordered; the day is the record's without `dose_date`."""

    amount_mg = milligrams()
    dose_date = DayField(required=False)
    reason = text_of(DoseRecord, "reason", help_text="What was wrong with the row.")


class DoseFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    episode = IdFilter(field_name="episode_id")
    site = IdFilter(field_name="site_id")
    dose_from = DayFilter(field_name="dose_date", lookup_expr="gte")
    dose_before = DayFilter(field_name="dose_date", lookup_expr="lt")
    product = ChoiceFilter(choices=Product.choices)
    outcome = ChoiceFilter(choices=DoseOutcome.choices)
    companions = {
        "product": ("patient", "episode", "dose_from"),
        "outcome": ("patient", "episode", "dose_from"),
    }


class Doses(Readable):
    """The dose ledger with voided records included, newest day first."""

    rights = {
        "list": Permission.SEE_DOSES,
        "retrieve": Permission.SEE_DOSES,
        "give": Permission.RECORD_DOSES,
        "take_home": Permission.RECORD_DOSES,
        "missed": Permission.RECORD_DOSES,
        "void": Permission.CORRECT_DOSES,
        "correct": Permission.CORRECT_DOSES,
    }
    queryset = DoseRecord.objects.select_related("voided_by")
    serializer_class = DoseOutput
    filterset_class = DoseFilters
    order = DoseRecord.ORDER

    @verb_of_all("give", takes=GivenDose, gives=DoseOutput)
    def give(self, request: Request) -> Response:
        """Record a dose given under observation."""
        return self.run_action(give_dose, GivenDose, code=201)

    @verb_of_all("take-home", takes=TakeHomeDoses, gives=TakeHomeOutput)
    def take_home(self, request: Request) -> Response:
        """Hand out doses for some days; one dose record for each."""
        written = give_take_home_doses(
            **self.validated(TakeHomeDoses), now=timezone.now(), by=self.staff
        )
        rows = self.get_queryset().filter(pk__in=[dose.pk for dose in written])
        return Response(TakeHomeOutput({"results": rows.order_by("dose_date")}).data, status=201)

    @verb_of_all("missed", takes=MissedDose, gives=DoseOutput)
    def missed(self, request: Request) -> Response:
        """Record that the patient missed the dose of a day."""
        return self.run_action(record_missed_dose, MissedDose, code=201)

    @verb("void", takes=Voiding, gives=DoseOutput, code=201)
    def void(self, request: Request, pk: int) -> Response:
        """Void a dose record. It stays readable; returns the record that voids it."""
        return self.run_action(void_dose, Voiding, code=201, dose=self.get_object())

    @verb("correct", takes=Correction, gives=DoseOutput, code=201)
    def correct(self, request: Request, pk: int) -> Response:
        """Void a dose record and write the right one in one step, also after discharge.

        Returns the right one.
        """
        return self.run_action(correct_dose, Correction, code=201, dose=self.get_object())
