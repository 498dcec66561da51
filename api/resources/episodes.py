"""/episodes: from admission to discharge."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fast_serializers import LeanOutput
from api.framework.fields import DayField, Input, RowField, WordField
from api.framework.filters import ChoiceFilter, DayFilter, Filters, IdFilter
from api.framework.resource import Readable, creation, verb
from patients.actions.admissions import admit
from patients.enums import DischargeReason, ReferralSource
from patients.models import Episode
from treatments.actions.discharge import discharge_from_care


class EpisodeOutput(LeanOutput[Episode]):
    """Referral source and discharge reason are null if the caller may not see clinical records."""

    referral_source = serializers.ChoiceField(
        choices=ReferralSource.choices,
        source="told_referral_source",
        allow_null=True,
        read_only=True,
    )
    discharge_reason = serializers.ChoiceField(
        choices=DischargeReason.choices,
        source="told_discharge_reason",
        allow_blank=True,
        allow_null=True,
        read_only=True,
    )

    class Meta:
        model = Episode
        fields = (
            "id",
            "patient",
            "program",
            "site",
            "admission_date",
            "referral_source",
            "discharge_date",
            "discharge_reason",
            "recorded_at",
        )
        read_only_fields = fields


class Admission(Input):
    """The admission date is treatment day 1."""

    patient = RowField(row_lookups.patients)
    program = RowField(row_lookups.programs)
    admission_date = DayField()
    referral_source = WordField(ReferralSource, required=False)


class Discharge(Input):
    discharge_date = DayField()
    reason = WordField(DischargeReason)


class EpisodeFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    site = IdFilter(field_name="site_id")
    program = IdFilter(field_name="program_id")
    admitted_from = DayFilter(field_name="admission_date", lookup_expr="gte")
    admitted_before = DayFilter(field_name="admission_date", lookup_expr="lt")
    state = ChoiceFilter(
        choices=[("open", "Still in treatment"), ("ended", "Discharged")], method="in_state"
    )
    companions = {"state": ("patient", "site", "program", "admitted_from")}

    def in_state(self, rows: QuerySet[Episode], name: str, value: str) -> QuerySet[Episode]:
        return rows.filter(discharge_date__isnull=value == "open")


class Episodes(Readable):
    """Episodes of care, newest admission first."""

    rights = {
        "list": Permission.SEE_IDENTITY,
        "retrieve": Permission.SEE_IDENTITY,
        "create": Permission.ADMIT,
        "discharge": Permission.ADMIT,
    }
    queryset = Episode.objects.all()
    serializer_class = EpisodeOutput
    filterset_class = EpisodeFilters
    order = Episode.ORDER

    @creation(takes=Admission, gives=EpisodeOutput)
    def create(self, request: Request) -> Response:
        """Admit a patient to a program. 409 `episode_already_open` if they are in it."""
        return self.run_action(admit, Admission, code=201)

    @verb("discharge", takes=Discharge, gives=EpisodeOutput)
    def discharge(self, request: Request, pk: int) -> Response:
        """Discharge the patient; the active plan is closed on that day, a draft is discarded."""
        return self.run_action(discharge_from_care, Discharge, episode=self.get_object())
