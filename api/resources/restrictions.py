"""/restriction-requests, /restriction-wishes: requests to restrict (42 CFR 2.26)."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import (
    DayField,
    Input,
    RowField,
    WordField,
    optional_text_of,
    text_of,
    words_field,
)
from api.framework.filters import YesOrNoFilter
from api.framework.resource import Readable, creation, verb
from api.resources.consents import RIGHTS, _stated
from api.resources.contacts import OfPatient
from patients.actions.restrictions import ask_for_restriction, decide_restriction, end_restriction
from patients.enums import (
    Information,
    Purpose,
    RestrictionDecision,
    RestrictionEndGround,
)
from patients.models import (
    PendingRestriction,
    RestrictionEnd,
    RestrictionRequest,
)


class WishFilters(OfPatient):
    is_decided = YesOrNoFilter(field_name="restriction", lookup_expr="isnull", exclude=True)


class PendingRestrictionOutput(serializers.ModelSerializer[PendingRestriction]):
    is_decided = serializers.BooleanField(read_only=True)

    class Meta:
        model = PendingRestriction
        fields = (
            "id",
            "patient",
            "asked_date",
            "request",
            "taken_by",
            "is_decided",
            "recorded_at",
        )
        read_only_fields = fields


class NewPendingRestriction(Input):
    patient = RowField(row_lookups.patients_with_consents)
    asked_date = DayField()
    request = text_of(PendingRestriction, "request")


class PendingRestrictions(Readable):
    """Requests that wait for a decision, the oldest first.

    Such a request has no effect until a restriction request names it as its `wish`.
    """

    rights = {**RIGHTS, "create": Permission.RECORD_CONSENTS}
    queryset = PendingRestriction.objects.select_related("restriction")
    serializer_class = PendingRestrictionOutput
    filterset_class = WishFilters
    order = PendingRestriction.ORDER

    @creation(takes=NewPendingRestriction, gives=PendingRestrictionOutput)
    def create(self, request: Request) -> Response:
        """Record a request, to be decided later."""
        return self.run_action(ask_for_restriction, NewPendingRestriction, code=201)


class RestrictionEndOutput(serializers.ModelSerializer[RestrictionEnd]):
    class Meta:
        model = RestrictionEnd
        fields = ("id", "ground", "words", "ended_at", "ended_by")
        read_only_fields = fields


class Lifting(Input):
    ground = WordField(RestrictionEndGround)
    words = text_of(RestrictionEnd, "words")


class RestrictionOutput(serializers.ModelSerializer[RestrictionRequest]):
    end = RestrictionEndOutput(
        read_only=True, allow_null=True, help_text="When and how the patient lifted it, if lifted."
    )

    class Meta:
        model = RestrictionRequest
        fields = (
            "id",
            "patient",
            "requested_date",
            "request",
            "information",
            "purposes",
            "to_health_plan",
            "recipient",
            "is_paid_in_full",
            "decision",
            "reason",
            "decided_at",
            "decided_by",
            "wish",
            "end",
            "recorded_at",
        )
        read_only_fields = fields


class NewRestriction(Input):
    """No `information` means the whole record, no `recipient` means all recipients."""

    patient = RowField(row_lookups.patients_with_consents)
    requested_date = DayField()
    request = text_of(RestrictionRequest, "request")
    information = words_field(Information, required=False)
    purposes = words_field(Purpose)
    to_health_plan = _stated()
    recipient = optional_text_of(RestrictionRequest, "recipient")
    is_paid_in_full = _stated()
    decision = WordField(RestrictionDecision)
    reason = text_of(RestrictionRequest, "reason")
    wish = RowField(row_lookups.restriction_wishes, required=False)


class Restrictions(Readable):
    """Requests not to disclose something, with the decision. Agreed ones limit disclosures."""

    rights = {
        **RIGHTS,
        "create": Permission.DECIDE_RESTRICTIONS,
        "lift": Permission.DECIDE_RESTRICTIONS,
    }
    queryset = RestrictionRequest.objects.select_related("end")
    serializer_class = RestrictionOutput
    filterset_class = OfPatient
    order = RestrictionRequest.ORDER

    @creation(takes=NewRestriction, gives=RestrictionOutput)
    def create(self, request: Request) -> Response:
        """Record a request and the decision."""
        return self.run_action(decide_restriction, NewRestriction, code=201)

    @verb("lift", takes=Lifting, gives=RestrictionOutput)
    def lift(self, request: Request, pk: int) -> Response:
        """End an agreed restriction that the patient lifts. 409 `was_refused`, `already_lifted`."""
        row = self.get_object()
        end_restriction(
            restriction=row, **self.validated(Lifting), now=timezone.now(), by=self.staff
        )
        return self.respond(row)
