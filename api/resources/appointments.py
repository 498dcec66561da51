"""/appointments: book, move, cancel and check in. 409 if the time is taken."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.authz.policy import require_permission
from access.enums import Permission
from api.framework import row_lookups
from api.framework.fast_serializers import LeanOutput
from api.framework.fields import (
    DayField,
    Input,
    MomentField,
    RowField,
    WordField,
    optional_text_of,
    text_of,
)
from api.framework.filters import ChoiceFilter, Filters, IdFilter, MomentFilter
from api.framework.resource import Readable, creation, verb, verb_of_all
from appointments.actions.booking import (
    book_appointment,
    cancel_appointment,
    confirm_appointment,
    move_appointment,
)
from appointments.actions.check_in import complete_appointment, mark_arrived
from appointments.actions.no_shows import mark_no_show
from appointments.availability import MOST_TIMES, FreeTime, free_times
from appointments.enums import AppointmentStatus, CancelledBy, MissReason, VisitMode
from appointments.models import Appointment
from appointments.visit_bundling import OneTripDay, one_trip_days


class AppointmentOutput(LeanOutput[Appointment]):
    """`starts_at` to `ends_at` is half-open: one visit may end when the next begins."""

    patient_name = serializers.CharField(source="patient.display_name", read_only=True)
    type_name = serializers.CharField(source="type.name", read_only=True)
    practitioner_name = serializers.CharField(
        source="practitioner.name", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Appointment
        fields = (
            "id",
            "patient",
            "patient_name",
            "site",
            "type",
            "type_name",
            "practitioner",
            "practitioner_name",
            "room",
            "mode",
            "group_session",
            "series",
            "series_date",
            "starts_at",
            "ends_at",
            "arrived_at",
            "status",
            "version",
            "cancelled_by",
            "cancel_reason",
            "miss_reason",
            "note",
            "recorded_at",
        )
        read_only_fields = fields


class Booking(Input):
    """Holds `starts_at` for the length of the type."""

    patient = RowField(row_lookups.patients)
    site = RowField(row_lookups.scheduled_sites)
    type = RowField(row_lookups.appointment_types)
    practitioner = RowField(row_lookups.practitioners)
    starts_at = MomentField()
    room = RowField(row_lookups.rooms, required=False, allow_null=True)
    mode = WordField(VisitMode, required=False)
    note = optional_text_of(Appointment, "note")


class Move(Input):
    """Without `practitioner` or `room` they stay; `room` null means no room."""

    starts_at = MomentField()
    practitioner = RowField(row_lookups.practitioners, required=False)
    room = RowField(row_lookups.rooms, required=False, allow_null=True)


class Cancellation(Input):
    cancelled_by = WordField(CancelledBy)
    reason = text_of(Appointment, "cancel_reason")


class NoShow(Input):
    reason = WordField(MissReason, required=False)


class AppointmentFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    site = IdFilter(field_name="site_id")
    practitioner = IdFilter(field_name="practitioner_id")
    starts_from = MomentFilter(field_name="starts_at", lookup_expr="gte")
    starts_before = MomentFilter(field_name="starts_at", lookup_expr="lt")
    status = ChoiceFilter(choices=AppointmentStatus.choices)
    companions = {"status": ("patient", "practitioner", "starts_from")}


class FreeTimeOutput(serializers.Serializer[FreeTime]):
    """A time that can be booked now. It is not held: another booking may come first."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    practitioner = serializers.IntegerField()


class FreeTimesOutput(serializers.Serializer[object]):
    times = FreeTimeOutput(many=True)


class FreeTimesSearch(Input):
    """Days of the site in [from_date, until_date), at most 184.

    Without `practitioners`: all who give this type of visit.
    """

    site = RowField(row_lookups.scheduled_sites)
    type = RowField(row_lookups.appointment_types)
    from_date = DayField()
    until_date = DayField()
    practitioners = serializers.ListField(
        child=RowField(row_lookups.practitioners), max_length=100, required=False, allow_empty=False
    )
    patient = RowField(row_lookups.patients, required=False)
    room = RowField(row_lookups.rooms, required=False)
    mode = WordField(VisitMode, required=False)
    most = serializers.IntegerField(min_value=1, max_value=MOST_TIMES, required=False)


class OneTripDayOutput(serializers.Serializer[OneTripDay]):
    """`at` is when the patient is there; `times` are the closest ones, closest first."""

    day = serializers.DateField()
    why = serializers.CharField()
    at = serializers.DateTimeField()
    times = FreeTimeOutput(many=True)


class OneTripOutput(serializers.Serializer[object]):
    days = OneTripDayOutput(many=True)


class OneTripSearch(Input):
    """Days on which the patient comes anyway, in [from_date, until_date), at most 62."""

    patient = RowField(row_lookups.patients)
    type = RowField(row_lookups.appointment_types)
    from_date = DayField()
    until_date = DayField()
    practitioners = serializers.ListField(
        child=RowField(row_lookups.practitioners), max_length=100, required=False, allow_empty=False
    )


class Appointments(Readable):
    """Appointments, in order of time."""

    rights = {
        "list": Permission.SEE_SCHEDULE,
        "retrieve": Permission.SEE_SCHEDULE,
        "create": Permission.BOOK,
        "confirm": Permission.BOOK,
        "move": Permission.BOOK,
        "cancel": Permission.BOOK,
        "arrive": Permission.CHECK_IN,
        "complete": Permission.CHECK_IN,
        "no_show": Permission.CHECK_IN,
        "free_times": Permission.BOOK,
        "one_trip_days": Permission.BOOK,
    }
    queryset = Appointment.objects.select_related("patient", "type", "practitioner").only(
        *(field.attname for field in Appointment._meta.concrete_fields),
        "patient__family_name",
        "patient__given_name",
        "patient__preferred_name",
        "type__name",
        "practitioner__name",
    )
    serializer_class = AppointmentOutput
    filterset_class = AppointmentFilters
    order = Appointment.ORDER

    @creation(takes=Booking, gives=AppointmentOutput)
    def create(self, request: Request) -> Response:
        """Book an appointment. 409 `slot_taken` or `patient_busy` if the time is taken."""
        return self.run_action(book_appointment, Booking, code=201)

    @verb("confirm", gives=AppointmentOutput)
    def confirm(self, request: Request, pk: int) -> Response:
        """Confirm an appointment for the patient."""
        return self.run_action(confirm_appointment, appointment=self.get_object())

    @verb("move", takes=Move, gives=AppointmentOutput)
    def move(self, request: Request, pk: int) -> Response:
        """Move an appointment to another time; reminders restart."""
        return self.run_action(move_appointment, Move, appointment=self.get_object())

    @verb("cancel", takes=Cancellation, gives=AppointmentOutput)
    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel an appointment, which frees its time; who canceled and why is saved."""
        return self.run_action(cancel_appointment, Cancellation, appointment=self.get_object())

    @verb("arrive", gives=AppointmentOutput)
    def arrive(self, request: Request, pk: int) -> Response:
        """Check the patient in."""
        return self.run_action(mark_arrived, appointment=self.get_object())

    @verb("complete", gives=AppointmentOutput)
    def complete(self, request: Request, pk: int) -> Response:
        """Mark the visit as completed."""
        return self.run_action(complete_appointment, appointment=self.get_object())

    @verb("no-show", takes=NoShow, gives=AppointmentOutput)
    def no_show(self, request: Request, pk: int) -> Response:
        """Mark a no-show, only after the appointed time."""
        return self.run_action(mark_no_show, NoShow, appointment=self.get_object())

    @verb_of_all("free-times", takes=FreeTimesSearch, gives=FreeTimesOutput, code=200)
    def free_times(self, request: Request) -> Response:
        """Return times that can be booked, the earliest first."""
        times = free_times(**self.validated(FreeTimesSearch), now=timezone.now())
        return Response(FreeTimesOutput({"times": times}).data)

    @verb_of_all("one-trip-days", takes=OneTripSearch, gives=OneTripOutput, code=200)
    def one_trip_days(self, request: Request) -> Response:
        """Return free times on days on which the patient comes anyway."""
        asked = self.validated(OneTripSearch)
        require_permission(self.staff, Permission.BOOK, on=asked["patient"])
        days = one_trip_days(**asked, now=timezone.now(), user=self.staff)
        return Response(OneTripOutput({"days": days}).data)
