"""/care-team-places: who cares for whom, until when."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import actions
from access.enums import Right
from access.models import CareTeamPlace
from api import scopes
from api.contacts import OfPatient
from api.fields import DayField, Input, NoInput, RowField
from api.resources import Readable, creation, verb


class PlaceOutput(serializers.ModelSerializer[CareTeamPlace]):
    patient = serializers.IntegerField(source="patient_id", read_only=True)

    class Meta:
        model = CareTeamPlace
        fields = (
            "id",
            "patient",
            "user",
            "chosen_by",
            "since_date",
            "planned_end_date",
            "ended_at",
        )
        read_only_fields = fields


class NewPlace(Input):
    patient = RowField(scopes.patients)
    user = RowField(scopes.practitioners)
    planned_end_date = DayField(help_text="Access ends with care, some days after this one.")


class CareTeamPlaces(Readable):
    """Places on care teams. Nobody puts themselves on one."""

    rights = {
        "list": Right.SEE_IDENTITY,
        "retrieve": Right.SEE_IDENTITY,
        "create": Right.ASSIGN_CARE_TEAM,
        "end": Right.ASSIGN_CARE_TEAM,
    }
    queryset = CareTeamPlace.objects.all()
    serializer_class = PlaceOutput
    filterset_class = OfPatient

    @creation(takes=NewPlace, gives=PlaceOutput)
    def create(self, request: Request) -> Response:
        """Put a colleague on the team; said again, the planned end is the new one."""
        return self.deed(actions.add_to_care_team, NewPlace, code=201)

    @verb("end", gives=PlaceOutput)
    def end(self, request: Request, pk: int) -> Response:
        """Off the team at once, without days of grace."""
        place = self.get_object()
        self.entered(NoInput)
        actions.take_off_care_team(place=place, now=timezone.now(), by=self.staff)
        return self.shown(place)
