"""/appointments: booking and what becomes of it. Two cannot hold one time: 409."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from api import scopes
from api.fields import Input, MomentField, RowField, WordField, optional_text_of, text_of
from api.filters import ChoiceFilter, Filters, IdFilter, MomentFilter
from api.resources import Readable, creation, verb
from api.shapes import LeanOutput
from appointments import actions
from appointments.enums import AppointmentStatus, CancelledBy, MissReason
from appointments.models import Appointment


class AppointmentOutput(LeanOutput[Appointment]):
    """`starts_at` and `ends_at` are half-open: one may end when the next begins."""

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
            "starts_at",
            "ends_at",
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

    patient = RowField(scopes.patients)
    site = RowField(scopes.scheduled_sites)
    type = RowField(scopes.appointment_types)
    practitioner = RowField(scopes.practitioners)
    starts_at = MomentField()
    room = RowField(scopes.rooms, required=False, allow_null=True)
    note = optional_text_of(Appointment, "note")


class Move(Input):
    starts_at = MomentField()


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


class Appointments(Readable):
    """The schedule, in order of time."""

    rights = {
        "list": Right.SEE_SCHEDULE,
        "retrieve": Right.SEE_SCHEDULE,
        "create": Right.BOOK,
        "confirm": Right.BOOK,
        "move": Right.BOOK,
        "cancel": Right.BOOK,
        "arrive": Right.CHECK_IN,
        "complete": Right.CHECK_IN,
        "no_show": Right.CHECK_IN,
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
        """Book. 409 `slot_taken` or `patient_busy` where somebody holds that time."""
        return self.deed(actions.book_appointment, Booking, code=201)

    @verb("confirm", gives=AppointmentOutput)
    def confirm(self, request: Request, pk: int) -> Response:
        """The patient said that they will come."""
        return self.deed(actions.confirm_appointment, appointment=self.get_object())

    @verb("move", takes=Move, gives=AppointmentOutput)
    def move(self, request: Request, pk: int) -> Response:
        """Another time for the same visit; reminders start anew."""
        return self.deed(actions.move_appointment, Move, appointment=self.get_object())

    @verb("cancel", takes=Cancellation, gives=AppointmentOutput)
    def cancel(self, request: Request, pk: int) -> Response:
        """Give the time back; who cancelled and why stays on record."""
        return self.deed(actions.cancel_appointment, Cancellation, appointment=self.get_object())

    @verb("arrive", gives=AppointmentOutput)
    def arrive(self, request: Request, pk: int) -> Response:
        """Check the patient in."""
        return self.deed(actions.mark_arrived, appointment=self.get_object())

    @verb("complete", gives=AppointmentOutput)
    def complete(self, request: Request, pk: int) -> Response:
        """The visit took place."""
        return self.deed(actions.complete_appointment, appointment=self.get_object())

    @verb("no-show", takes=NoShow, gives=AppointmentOutput)
    def no_show(self, request: Request, pk: int) -> Response:
        """The patient did not come. Only after the appointed time."""
        return self.deed(actions.mark_no_show, NoShow, appointment=self.get_object())
