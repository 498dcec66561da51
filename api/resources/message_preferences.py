"""/message-wishes: how patients want messages."""

from __future__ import annotations

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
    RowField,
    optional_text_of,
)
from api.framework.resource import Readable, creation
from api.resources.contacts import OfPatient
from reminders.actions.message_preferences import WISHES, set_message_preferences
from reminders.models import MessagePreferences


class MessagePreferencesOutput(serializers.ModelSerializer[MessagePreferences]):
    from_time = ClockField(read_only=True)
    until_time = ClockField(read_only=True)

    class Meta:
        model = MessagePreferences
        fields = ("id", "patient", *WISHES, "recorded_at")
        read_only_fields = fields


class NewMessagePreferences(Input):
    """Values that are left out stay; `phone` and `email` are ids of contact points."""

    patient = RowField(row_lookups.patients)
    by_sms = serializers.BooleanField(required=False)
    by_email = serializers.BooleanField(required=False)
    phone = RowField(row_lookups.contact_points, required=False, allow_null=True)
    email = RowField(row_lookups.contact_points, required=False, allow_null=True)
    from_time = ClockField(required=False)
    until_time = ClockField(required=False)
    time_zone = optional_text_of(MessagePreferences, "time_zone")
    alias = optional_text_of(MessagePreferences, "alias")
    paused_until = DayField(required=False, allow_null=True)


class Wishes(Readable):
    """Message preferences; at most one row for each patient."""

    rights = {
        "list": Permission.SEE_IDENTITY,
        "retrieve": Permission.SEE_IDENTITY,
        "create": Permission.EDIT_IDENTITY,
    }
    queryset = MessagePreferences.objects.all()
    serializer_class = MessagePreferencesOutput
    filterset_class = OfPatient

    @creation(takes=NewMessagePreferences, gives=MessagePreferencesOutput)
    def create(self, request: Request) -> Response:
        """Create or change the preferences of a patient."""
        entered: dict[str, Any] = self.validated(NewMessagePreferences)
        patient = entered.pop("patient")
        row = set_message_preferences(
            patient=patient, wishes=entered, now=timezone.now(), by=self.staff
        )
        return self.respond(row, code=201)
