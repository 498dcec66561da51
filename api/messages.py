"""/message-wishes, /follow-ups, /replies: how a patient wants messages, and what is left to people."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from api import scopes
from api.contacts import OfPatient
from api.fields import (
    ClockField,
    DayField,
    Input,
    RowField,
    WordField,
    optional_text_of,
    text_of,
)
from api.filters import YesOrNoFilter
from api.reference import OfSite
from api.resources import Readable, creation, verb
from reminders.actions import WISHES, close_text, finish_follow_up, set_message_wishes
from reminders.enums import FollowUpOutcome
from reminders.models import FollowUp, IncomingText, MessageWishes


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


class ReplyOutput(serializers.ModelSerializer[IncomingText]):
    """A text that came. `patient` is null where its number is nobody's alone; `reminder` is what it answers."""

    class Meta:
        model = IncomingText
        fields = (
            "id",
            "patient",
            "reminder",
            "number",
            "text",
            "received_at",
            "meaning",
            "needs_person",
            "closed_at",
            "closed_by",
            "note",
            "recorded_at",
        )
        read_only_fields = fields


class Closed(Input):
    note = text_of(IncomingText, "note")


class ReplyFilters(OfPatient):
    to_read = YesOrNoFilter(
        field_name="needs_person",
        method="left_to_people",
        help_text="`true`: what waits for a person; `false`: all the others.",
    )

    def left_to_people(
        self, rows: QuerySet[IncomingText], name: str, value: bool
    ) -> QuerySet[IncomingText]:
        waiting = IncomingText.WAITING
        return rows.filter(waiting) if value else rows.exclude(waiting)


class Replies(Readable):
    """Texts from patients, the latest first. What was understood is done; the rest waits for a person."""

    rights = {
        "list": Right.FOLLOW_UP,
        "retrieve": Right.FOLLOW_UP,
        "close": Right.FOLLOW_UP,
    }
    queryset = IncomingText.objects.all()
    serializer_class = ReplyOutput
    filterset_class = ReplyFilters
    order = IncomingText.ORDER

    @verb("close", takes=Closed, gives=ReplyOutput)
    def close(self, request: Request, pk: int) -> Response:
        """Say what was done. 409 if somebody has, or if nothing was left to do."""
        return self.deed(close_text, Closed, incoming=self.get_object())
