"""/waitlist-entries, /waitlist-offers: patients who would come sooner, and offers to them."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fields import ClockField, DayField, Input, MomentField, NoInput, RowField
from api.framework.resource import Readable, creation, verb
from api.resources.appointments import AppointmentOutput
from api.resources.contacts import OfPatient
from api.resources.reference_lists import OfSite
from appointments.actions.waitlist import (
    accept_offer,
    decline_offer,
    offer_time,
    put_on_waitlist,
    withdraw_from_waitlist,
)
from appointments.enums import ClinicalPriority, Weekday
from appointments.models import WaitlistEntry, WaitlistOffer


class EntryOutput(serializers.ModelSerializer[WaitlistEntry]):
    """An entry. The turn goes by the smallest `priority`, then by the longest wait.

    `priority` is null if the caller may not see clinical data of this patient.
    """

    priority = serializers.IntegerField(source="told_priority", read_only=True, allow_null=True)
    earliest_time = ClockField(read_only=True, allow_null=True)
    latest_time = ClockField(read_only=True, allow_null=True)

    class Meta:
        model = WaitlistEntry
        fields = (
            "id",
            "patient",
            "site",
            "type",
            "practitioner",
            "from_date",
            "until_date",
            "weekdays",
            "earliest_time",
            "latest_time",
            "priority",
            "status",
            "recorded_at",
        )
        read_only_fields = fields


class OfferOutput(serializers.ModelSerializer[WaitlistOffer]):
    """An offer. While it is open, its time cannot be booked for others."""

    class Meta:
        model = WaitlistOffer
        fields = (
            "id",
            "entry",
            "patient",
            "site",
            "practitioner",
            "room",
            "starts_at",
            "ends_at",
            "expires_at",
            "status",
            "accepted",
            "recorded_at",
        )
        read_only_fields = fields


class NewEntry(Input):
    """Days in [from_date, until_date); weekdays count from Monday, 0; none given: any day."""

    patient = RowField(row_lookups.patients)
    site = RowField(row_lookups.scheduled_sites)
    type = RowField(row_lookups.appointment_types)
    practitioner = RowField(row_lookups.practitioners, required=False, allow_null=True)
    from_date = DayField()
    until_date = DayField()
    weekdays = serializers.ListField(
        child=serializers.ChoiceField(choices=Weekday.choices), max_length=7, required=False
    )
    earliest_time = ClockField(required=False, allow_null=True)
    latest_time = ClockField(required=False, allow_null=True)
    priority = serializers.ChoiceField(choices=ClinicalPriority.choices, required=False)


class NewOffer(Input):
    practitioner = RowField(row_lookups.practitioners)
    starts_at = MomentField()
    room = RowField(row_lookups.rooms, required=False, allow_null=True)


class WaitlistFilters(OfPatient, OfSite):
    """By patient, or by site."""


class WaitlistEntries(Readable):
    """Waitlist entries, in the order in which they were recorded."""

    rights = {
        "list": Permission.SEE_SCHEDULE,
        "retrieve": Permission.SEE_SCHEDULE,
        "create": Permission.BOOK,
        "withdraw": Permission.BOOK,
        "offer": Permission.BOOK,
    }
    queryset = WaitlistEntry.objects.select_related("site", "type")
    serializer_class = EntryOutput
    filterset_class = WaitlistFilters
    order = WaitlistEntry.ORDER

    @creation(takes=NewEntry, gives=EntryOutput)
    def create(self, request: Request) -> Response:
        """Put a patient on the waitlist. 409 `already_waiting` for the same patient and visit type."""
        return self.run_action(put_on_waitlist, NewEntry, code=201)

    @verb("withdraw", gives=EntryOutput)
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take a patient off the waitlist."""
        return self.run_action(withdraw_from_waitlist, entry=self.get_object())

    @verb("offer", takes=NewOffer, gives=OfferOutput, code=201)
    def offer(self, request: Request, pk: int) -> Response:
        """Hold a time for the patient for half an hour; only one offer can be open at a time."""
        offer = offer_time(
            entry=self.get_object(), **self.validated(NewOffer), now=timezone.now(), by=self.staff
        )
        return Response(OfferOutput(offer).data, status=201)


class WaitlistOffers(Readable):
    """Waitlist offers and their outcomes."""

    rights = {
        "list": Permission.SEE_SCHEDULE,
        "retrieve": Permission.SEE_SCHEDULE,
        "accept": Permission.BOOK,
        "decline": Permission.BOOK,
    }
    queryset = WaitlistOffer.objects.select_related(
        "site", "entry__type", "practitioner", "room"
    ).defer("entry__priority")
    serializer_class = OfferOutput
    filterset_class = WaitlistFilters
    order = WaitlistOffer.ORDER

    @verb("accept", gives=AppointmentOutput, code=201)
    def accept(self, request: Request, pk: int) -> Response:
        """Accept an offer for the patient: its time becomes an appointment."""
        visit = accept_offer(
            offer=self.get_object(), **self.validated(NoInput), now=timezone.now(), by=self.staff
        )
        return Response(AppointmentOutput(visit).data, status=201)

    @verb("decline", gives=OfferOutput)
    def decline(self, request: Request, pk: int) -> Response:
        """Decline an offer: the patient stays on the list; the time goes to the next."""
        return self.run_action(decline_offer, offer=self.get_object())
