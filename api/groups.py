"""/group-sessions: groups that meet, and seats in them. The last seat goes to one: 409 for the rest."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from api import scopes
from api.appointments import AppointmentOutput
from api.fields import (
    Input,
    MomentField,
    RowField,
    WordField,
    optional_text_of,
    text_of,
)
from api.filters import Filters, IdFilter, MomentFilter
from api.resources import Readable, creation, verb
from appointments import grouping
from appointments.enums import VisitMode
from appointments.models import Appointment, GroupSession
from appointments.models.kinds import LARGEST_GROUP


class GroupSessionOutput(serializers.ModelSerializer[GroupSession]):
    """`seats_taken` is the number of patients who hold a seat; it never exceeds `capacity`."""

    type_name = serializers.CharField(source="type.name", read_only=True)

    class Meta:
        model = GroupSession
        fields = (
            "id",
            "site",
            "type",
            "type_name",
            "practitioner",
            "room",
            "series",
            "series_date",
            "starts_at",
            "ends_at",
            "capacity",
            "seats_taken",
            "mode",
            "video_link",
            "status",
            "version",
        )
        read_only_fields = fields


class NewSession(Input):
    site = RowField(scopes.scheduled_sites)
    type = RowField(scopes.appointment_types)
    practitioner = RowField(scopes.practitioners)
    starts_at = MomentField()
    room = RowField(scopes.rooms, required=False, allow_null=True)
    mode = WordField(VisitMode, required=False)
    video_link = optional_text_of(GroupSession, "video_link")
    capacity = serializers.IntegerField(min_value=1, max_value=LARGEST_GROUP, required=False)


class MoveOfSession(Input):
    starts_at = MomentField()


class CancellationOfSession(Input):
    reason = text_of(Appointment, "cancel_reason")


class Seat(Input):
    patient = RowField(scopes.patients)
    note = optional_text_of(Appointment, "note")


class SessionFilters(Filters):
    site = IdFilter(field_name="site_id")
    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = MomentFilter(field_name="starts_at", lookup_expr="lt")


class GroupSessions(Readable):
    """Groups that meet, in order of time."""

    rights = {
        "list": Right.SEE_SCHEDULE,
        "retrieve": Right.SEE_SCHEDULE,
        "create": Right.BOOK,
        "move": Right.BOOK,
        "cancel": Right.BOOK,
        "book": Right.BOOK,
        "complete": Right.CHECK_IN,
    }
    queryset = GroupSession.objects.select_related("site", "type", "practitioner", "room")
    serializer_class = GroupSessionOutput
    filterset_class = SessionFilters
    order = GroupSession.ORDER

    @creation(takes=NewSession, gives=GroupSessionOutput)
    def create(self, request: Request) -> Response:
        """Plan a session. It holds its practitioner and its room."""
        return self.deed(grouping.plan_group_session, NewSession, code=201)

    @verb("move", takes=MoveOfSession, gives=GroupSessionOutput)
    def move(self, request: Request, pk: int) -> Response:
        """The session with everybody in it."""
        return self.deed(grouping.move_group_session, MoveOfSession, session=self.get_object())

    @verb("cancel", takes=CancellationOfSession, gives=GroupSessionOutput)
    def cancel(self, request: Request, pk: int) -> Response:
        """The session and every seat in it, by the clinic."""
        return self.deed(
            grouping.cancel_group_session, CancellationOfSession, session=self.get_object()
        )

    @verb("complete", gives=GroupSessionOutput)
    def complete(self, request: Request, pk: int) -> Response:
        """It took place: who had arrived was there."""
        return self.deed(grouping.complete_group_session, session=self.get_object())

    @verb("book", takes=Seat, gives=AppointmentOutput, code=201)
    def book(self, request: Request, pk: int) -> Response:
        """A seat for a patient. 409 `group_full` when the last is gone."""
        seat = grouping.book_into_group(
            session=self.get_object(), **self.entered(Seat), now=timezone.now(), by=self.staff
        )
        return Response(AppointmentOutput(seat).data, status=201)
