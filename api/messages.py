"""/message-wishes, /follow-ups: how a patient wants messages, and what is left to people."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from api import scopes
from api.contacts import OfPatient
from api.fields import ClockField, DayField, Input, RowField, WordField, optional_text_of
from api.reference import OfSite
from api.resources import Readable, creation, verb
from reminders.actions import WISHES, finish_follow_up, set_message_wishes
from reminders.enums import FollowUpOutcome
from reminders.models import FollowUp, MessageWishes


class MessageWishesOutput(serializers.ModelSerializer[MessageWishes]):
    from_time = ClockField(read_only=True)
    until_time = ClockField(read_only=True)

    class Meta:
        model = MessageWishes
        fields = ("id", "patient", *WISHES, "recorded_at")
        read_only_fields = fields


class NewMessageWishes(Input):
    """What is left out stays as it is; `phone` and `email` are ids of contact points."""

    patient = RowField(scopes.patients)
    by_sms = serializers.BooleanField(required=False)
    by_email = serializers.BooleanField(required=False)
    phone = RowField(scopes.contact_points, required=False, allow_null=True)
    email = RowField(scopes.contact_points, required=False, allow_null=True)
    from_time = ClockField(required=False)
    until_time = ClockField(required=False)
    time_zone = optional_text_of(MessageWishes, "time_zone")
    alias = optional_text_of(MessageWishes, "alias")
    paused_until = DayField(required=False, allow_null=True)


class Wishes(Readable):
    """How patients want messages; one row at most for each."""

    rights = {
        "list": Right.SEE_IDENTITY,
        "retrieve": Right.SEE_IDENTITY,
        "create": Right.EDIT_IDENTITY,
    }
    queryset = MessageWishes.objects.all()
    serializer_class = MessageWishesOutput
    filterset_class = OfPatient

    @creation(takes=NewMessageWishes, gives=MessageWishesOutput)
    def create(self, request: Request) -> Response:
        """Set them, the first time or anew."""
        entered: dict[str, Any] = self.entered(NewMessageWishes)
        patient = entered.pop("patient")
        row = set_message_wishes(patient=patient, wishes=entered, now=timezone.now(), by=self.staff)
        return self.shown(row, code=201)


class FollowUpOutput(serializers.ModelSerializer[FollowUp]):
    class Meta:
        model = FollowUp
        fields = (
            "id",
            "patient",
            "site",
            "reason",
            "due_date",
            "for_user",
            "done_at",
            "done_by",
            "outcome",
            "note",
            "recorded_at",
        )
        read_only_fields = fields


class Finished(Input):
    outcome = WordField(FollowUpOutcome)
    note = optional_text_of(FollowUp, "note")


class FollowUpFilters(OfPatient, OfSite):
    """Of one person, or at one site."""


class FollowUps(Readable):
    """What is left to people, longest due first; what is done, too."""

    rights = {
        "list": Right.FOLLOW_UP,
        "retrieve": Right.FOLLOW_UP,
        "finish": Right.FOLLOW_UP,
    }
    queryset = FollowUp.objects.all()
    serializer_class = FollowUpOutput
    filterset_class = FollowUpFilters
    order = FollowUp.ORDER

    @verb("finish", takes=Finished, gives=FollowUpOutput)
    def finish(self, request: Request, pk: int) -> Response:
        """Say what came of it. 409 if somebody has done so."""
        return self.deed(finish_follow_up, Finished, follow_up=self.get_object())
