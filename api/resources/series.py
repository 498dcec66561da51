"""/appointment-series: recurring appointments. All of a series is booked, or none of it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.authz.policy import require_permission
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
from api.framework.filters import Filters, IdFilter
from api.framework.resource import Readable, creation, verb_of_all
from appointments.actions.series import book_series, cancel_series, move_series, plan_group_series
from appointments.enums import CancelledBy, SeriesReach, VisitMode
from appointments.models import Appointment, AppointmentSeries, GroupSession
from appointments.models.visit_types import LARGEST_GROUP
from appointments.recurrence import MOST
from appointments.series_preview import Occurrence, Pattern, propose_series


class SeriesOutput(serializers.ModelSerializer[AppointmentSeries]):
    """A series. `rule` counts days of the site (RFC 5545).

    `starts_time` is by the site's clock and stays the same when clocks change.
    """

    starts_time = ClockField(read_only=True)

    class Meta:
        model = AppointmentSeries
        fields = (
            "id",
            "patient",
            "site",
            "type",
            "practitioner",
            "room",
            "mode",
            "rule",
            "start_date",
            "starts_time",
            "minutes",
            "ends_before",
        )
        read_only_fields = fields


class OccurrenceOutput(serializers.Serializer[Occurrence]):
    """A day of a series. `problem` is the code of its conflict, `why` the text; empty if none."""

    day = serializers.DateField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    problem = serializers.SerializerMethodField()
    why = serializers.CharField()

    def get_problem(self, one: Occurrence) -> str:
        return one.problem.code if one.problem else ""


class ProposalOutput(serializers.Serializer[object]):
    days = OccurrenceOutput(many=True)


class MovedDay(Input):
    day = DayField()
    starts_at = MomentField()


class SeriesInput(Input):
    """`rule` as in FREQ=WEEKLY;BYDAY=MO,WE;COUNT=12: at most a year and 104 visits."""

    site = RowField(row_lookups.scheduled_sites)
    type = RowField(row_lookups.appointment_types)
    practitioner = RowField(row_lookups.practitioners)
    rule = text_of(AppointmentSeries, "rule")
    start_date = DayField()
    starts_time = ClockField()
    room = RowField(row_lookups.rooms, required=False, allow_null=True)
    moved = MovedDay(many=True, required=False, help_text="Days with another time.")

    def validate_moved(self, days: list[dict[str, Any]]) -> dict[Any, Any]:
        if len(days) > MOST:
            raise serializers.ValidationError(f"At most {MOST}.")
        return {one["day"]: one["starts_at"] for one in days}


class PatientSeries(SeriesInput):
    patient = RowField(row_lookups.patients)
    leave_out = serializers.ListField(child=DayField(), max_length=MOST, required=False)
    mode = WordField(VisitMode, required=False)
    note = optional_text_of(Appointment, "note")


class GroupSeries(SeriesInput):
    leave_out = serializers.ListField(child=DayField(), max_length=MOST, required=False)
    mode = WordField(VisitMode, required=False)
    video_link = optional_text_of(GroupSession, "video_link")
    capacity = serializers.IntegerField(min_value=1, max_value=LARGEST_GROUP, required=False)


class Proposal(SeriesInput):
    patient = RowField(row_lookups.patients, required=False)


class OneOfSeries(Input):
    """One visit of a series, and which visits the change applies to."""

    appointment = RowField(lambda user: Appointment.objects.visible_to(user).select_related("site"))
    reach = serializers.ChoiceField(
        choices=[SeriesReach.FOLLOWING, SeriesReach.ALL],
        help_text="`following`: this and all later ones; `all`: all upcoming ones.",
    )


class MoveOfSeries(OneOfSeries):
    starts_time = ClockField(required=False)
    days_later = serializers.IntegerField(min_value=-6, max_value=6, required=False)
    practitioner = RowField(row_lookups.practitioners, required=False)
    room = RowField(row_lookups.rooms, required=False, allow_null=True)


class CancellationOfSeries(OneOfSeries):
    cancelled_by = WordField(CancelledBy)
    reason = text_of(Appointment, "cancel_reason")


class SeriesFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    site = IdFilter(field_name="site_id")


class SeriesOfAppointments(Readable):
    """Series and their rules; their visits are appointments (or group sessions) of their own."""

    rights = {
        "list": Permission.SEE_SCHEDULE,
        "retrieve": Permission.SEE_SCHEDULE,
        "create": Permission.BOOK,
        "propose": Permission.BOOK,
        "groups": Permission.BOOK,
        "move": Permission.BOOK,
        "cancel": Permission.BOOK,
    }
    queryset = AppointmentSeries.objects.all()
    serializer_class = SeriesOutput
    filterset_class = SeriesFilters
    order = AppointmentSeries.ORDER

    @creation(takes=PatientSeries, gives=SeriesOutput)
    def create(self, request: Request) -> Response:
        """Book a whole series.

        409 `series_conflicts` names each day that cannot be booked; then nothing is booked.
        """
        return self.run_action(book_series, PatientSeries, code=201)

    @verb_of_all("groups", takes=GroupSeries, gives=SeriesOutput)
    def groups(self, request: Request) -> Response:
        """Plan a group that meets repeatedly."""
        return self.run_action(plan_group_series, GroupSeries, code=201)

    @verb_of_all("propose", takes=Proposal, gives=ProposalOutput, code=200)
    def propose(self, request: Request) -> Response:
        """Return every day of the series with its conflict. Books nothing."""
        asked = self.validated(Proposal)
        patient, type = asked.get("patient"), asked["type"]
        require_permission(
            self.staff, Permission.BOOK, on=patient or GroupSession(site=asked["site"])
        )
        days = propose_series(
            pattern=Pattern(
                site=asked["site"],
                type=type,
                practitioner=asked["practitioner"],
                room=asked.get("room"),
                patient=patient,
                starts_time=asked["starts_time"],
                minutes=type.minutes,
                buffer_minutes=type.buffer_minutes,
            ),
            rule=asked["rule"],
            start_date=asked["start_date"],
            moved=asked.get("moved"),
            now=timezone.now(),
        )
        return Response(ProposalOutput({"days": days}).data)

    @verb_of_all("move", takes=MoveOfSeries, gives=SeriesOutput, code=200)
    def move(self, request: Request) -> Response:
        """Change time, weekday, practitioner or room. `following` returns a new series."""
        return self.run_action(move_series, MoveOfSeries)

    @verb_of_all("cancel", takes=CancellationOfSeries, gives=SeriesOutput, code=200)
    def cancel(self, request: Request) -> Response:
        """Cancel visits, which frees their times; who canceled and why is saved."""
        return self.run_action(cancel_series, CancellationOfSeries)
