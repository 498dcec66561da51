"""/call-backs: requests to bring take-home doses in, and the counts."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import Input, MomentField, RowField, WordField, optional_text_of
from api.framework.resource import Readable, creation, verb
from api.resources.contacts import OfPatient
from api.resources.reference_lists import OfSite
from dispensary.actions.call_backs import call_back_take_homes, count_take_homes
from dispensary.enums import CallBackOutcome
from dispensary.models.call_backs import CallBack

#: The most doses that a patient can have at home (42 CFR 8.12(i)(3), split doses included).
MOST_AT_HOME = 200


class CallBackOutput(serializers.ModelSerializer[CallBack]):
    """`outcome` is empty while the patient is expected."""

    class Meta:
        model = CallBack
        fields = (
            "id",
            "patient",
            "site",
            "asked_at",
            "asked_by",
            "due_at",
            "outcome",
            "missing",
            "counted_at",
            "counted_by",
            "note",
            "recorded_at",
        )
        read_only_fields = fields


class NewCallBack(Input):
    """`due_at`: the moment by which the patient is expected, within a week."""

    patient = RowField(row_lookups.patients)
    due_at = MomentField()


class Counted(Input):
    """`missing` counts doses that are missing or opened, and is for that outcome only."""

    outcome = WordField(CallBackOutcome)
    missing = serializers.IntegerField(
        min_value=1, max_value=MOST_AT_HOME, required=False, allow_null=True
    )
    note = optional_text_of(CallBack, "note")


class CallBackFilters(OfPatient, OfSite):
    """By patient, or by site."""


class CallBacks(Readable):
    """Call-backs of take-home doses, newest first."""

    rights = {
        "list": Permission.SEE_DOSES,
        "retrieve": Permission.SEE_DOSES,
        "create": Permission.RECORD_DOSES,
        "count": Permission.RECORD_DOSES,
    }
    queryset = CallBack.objects.all()
    serializer_class = CallBackOutput
    filterset_class = CallBackFilters
    order = CallBack.ORDER

    @creation(takes=NewCallBack, gives=CallBackOutput)
    def create(self, request: Request) -> Response:
        """Call a patient back. 409 `already_called_back` while another call-back is open."""
        return self.run_action(call_back_take_homes, NewCallBack, code=201)

    @verb("count", takes=Counted, gives=CallBackOutput)
    def count(self, request: Request, pk: int) -> Response:
        """Record the outcome of a call-back. 409 if it is recorded already."""
        return self.run_action(count_take_homes, Counted, call_back=self.get_object())
