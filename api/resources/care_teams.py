"""/care-team-places: the staff members on patients' care teams."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.actions.care_teams import add_to_care_team, take_off_care_team
from access.enums import Permission
from access.models import CareTeamPlace
from api.framework import row_lookups
from api.framework.fields import DayField, Input, NoInput, RowField
from api.framework.resource import Readable, creation, verb
from api.resources.contacts import OfPatient


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
    patient = RowField(row_lookups.patients)
    user = RowField(row_lookups.practitioners)
    planned_end_date = DayField(help_text="Access ends some days after this date.")


class CareTeamPlaces(Readable):
    """Places on care teams. Staff members cannot add themselves."""

    rights = {
        "list": Permission.SEE_IDENTITY,
        "retrieve": Permission.SEE_IDENTITY,
        "create": Permission.ASSIGN_CARE_TEAM,
        "end": Permission.ASSIGN_CARE_TEAM,
    }
    queryset = CareTeamPlace.objects.all()
    serializer_class = PlaceOutput
    filterset_class = OfPatient

    @creation(takes=NewPlace, gives=PlaceOutput)
    def create(self, request: Request) -> Response:
        """Add a colleague to a care team; repeated, it changes the planned end."""
        return self.run_action(add_to_care_team, NewPlace, code=201)

    @verb("end", gives=PlaceOutput)
    def end(self, request: Request, pk: int) -> Response:
        """End the place at once, without the days of access after a planned end."""
        place = self.get_object()
        self.validated(NoInput)
        take_off_care_team(place=place, now=timezone.now(), by=self.staff)
        return self.respond(place)
