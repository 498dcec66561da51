"""/group-sessions: group sessions and their seats.

The last seat goes to one caller; others get 409.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import (
    ClockField,
    DayField,
    Input,
    MomentField,
    RowField,
    WordField,
    optional_text_of,
    text_of,
)
from api.framework.filters import Filters, IdFilter, MomentFilter
from api.framework.resource import Readable, creation, verb
from api.resources.appointments import AppointmentOutput
from api.resources.series import SeriesOutput
from appointments.actions.group_series import (
    book_into_group_series,
    cancel_group_series,
    move_group_series,
)
from appointments.actions.group_sessions import (
    book_into_group,
    cancel_group_session,
    complete_group_session,
    move_group_session,
    plan_group_session,
)
from appointments.enums import SeriesReach, VisitMode
from appointments.models import Appointment, GroupSession
from appointments.models.visit_types import LARGEST_GROUP
from appointments.recurrence import MOST


class GroupSessionOutput(serializers.ModelSerializer[GroupSession]):
    """`seats_taken` is the number of patients who have a seat; it never exceeds `capacity`."""

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
    site = RowField(row_lookups.scheduled_sites)
    type = RowField(row_lookups.appointment_types)
    practitioner = RowField(row_lookups.practitioners)
    starts_at = MomentField()
    room = RowField(row_lookups.rooms, required=False, allow_null=True)
    mode = WordField(VisitMode, required=False)
    video_link = optional_text_of(GroupSession, "video_link")
    capacity = serializers.IntegerField(min_value=1, max_value=LARGEST_GROUP, required=False)


class MoveOfSession(Input):
    starts_at = MomentField()


class CancellationOfSession(Input):
    reason = text_of(Appointment, "cancel_reason")


class Seat(Input):
    patient = RowField(row_lookups.patients)
    note = optional_text_of(Appointment, "note")


class SeatsOfSeries(Seat):
    leave_out = serializers.ListField(child=DayField(), max_length=MOST, required=False)


class SeatsOutput(serializers.Serializer[object]):
    seats = AppointmentOutput(many=True)


class ReachOfSeries(Input):
    reach = serializers.ChoiceField(
        choices=[SeriesReach.FOLLOWING, SeriesReach.ALL],
        help_text="`following`: this and all later ones; `all`: all upcoming ones.",
    )


class MoveOfGroupSeries(ReachOfSeries):
    starts_time = ClockField(required=False)
    days_later = serializers.IntegerField(min_value=-6, max_value=6, required=False)
    practitioner = RowField(row_lookups.practitioners, required=False)
    room = RowField(row_lookups.rooms, required=False, allow_null=True)


class CancellationOfGroupSeries(ReachOfSeries, CancellationOfSession):
    pass


class SessionFilters(Filters):
    site = IdFilter(field_name="site_id")
    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = MomentFilter(field_name="starts_at", lookup_expr="lt")


class GroupSessions(Readable):
    """Group sessions, in order of time."""

    rights = {
        "list": Permission.SEE_SCHEDULE,
        "retrieve": Permission.SEE_SCHEDULE,
        "create": Permission.BOOK,
        "move": Permission.BOOK,
        "cancel": Permission.BOOK,
        "book": Permission.BOOK,
        "book_series": Permission.BOOK,
        "move_series": Permission.BOOK,
        "cancel_series": Permission.BOOK,
        "complete": Permission.CHECK_IN,
    }
    queryset = GroupSession.objects.select_related("site", "type", "practitioner", "room")
    serializer_class = GroupSessionOutput
    filterset_class = SessionFilters
    order = GroupSession.ORDER

    @creation(takes=NewSession, gives=GroupSessionOutput)
    def create(self, request: Request) -> Response:
        """Plan a session. It holds its practitioner and its room."""
        return self.run_action(plan_group_session, NewSession, code=201)

    @verb("move", takes=MoveOfSession, gives=GroupSessionOutput)
    def move(self, request: Request, pk: int) -> Response:
        """Move the session with all its patients."""
        return self.run_action(move_group_session, MoveOfSession, session=self.get_object())

    @verb("cancel", takes=CancellationOfSession, gives=GroupSessionOutput)
    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel the session and every seat in it, by the clinic."""
        return self.run_action(
            cancel_group_session, CancellationOfSession, session=self.get_object()
        )

    @verb("complete", gives=GroupSessionOutput)
    def complete(self, request: Request, pk: int) -> Response:
        """Complete the session, and the visits of the patients who had arrived."""
        return self.run_action(complete_group_session, session=self.get_object())

    @verb("book", takes=Seat, gives=AppointmentOutput, code=201)
    def book(self, request: Request, pk: int) -> Response:
        """Book a seat for a patient. 409 `group_full` if none is free."""
        seat = book_into_group(
            session=self.get_object(), **self.validated(Seat), now=timezone.now(), by=self.staff
        )
        return Response(AppointmentOutput(seat).data, status=201)

    @verb("book-series", takes=SeatsOfSeries, gives=SeatsOutput, code=201)
    def book_series(self, request: Request, pk: int) -> Response:
        """Book a seat in this session and each that follows, except on the days of `leave_out`.

        409 `series_conflicts` names each day that cannot be booked; then no seat is booked.
        """
        seats = self._change_series(book_into_group_series, SeatsOfSeries)
        return Response(SeatsOutput({"seats": seats}).data, status=201)

    @verb("move-series", takes=MoveOfGroupSeries, gives=SeriesOutput)
    def move_series(self, request: Request, pk: int) -> Response:
        """Move the sessions with all their patients. `following` returns a new series."""
        moved = self._change_series(move_group_series, MoveOfGroupSeries)
        return Response(SeriesOutput(moved).data)

    @verb("cancel-series", takes=CancellationOfGroupSeries, gives=SeriesOutput)
    def cancel_series(self, request: Request, pk: int) -> Response:
        """Cancel these sessions and every seat in them, by the clinic."""
        ended = self._change_series(cancel_group_series, CancellationOfGroupSeries)
        return Response(SeriesOutput(ended).data)

    def _change_series(self, verb: Callable[..., Any], shape: type[Input]) -> Any:
        session = self.get_object()
        return verb(session=session, **self.validated(shape), now=timezone.now(), by=self.staff)
