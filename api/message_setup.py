"""/reminder-rules, /message-texts: which reminders there are, and their words. No patient stands here."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Right
from api import scopes
from api.fields import Input, NoInput, RowField, WordField, text_of
from api.resources import Readable, creation, verb
from reminders.actions import change_reminder_rule, set_reminder_rule, write_message_text
from reminders.enums import Channel, Step, Subject, TextKind, Tongue
from reminders.models import MessageText, ReminderRule
from reminders.texts import WrongText, length_of

NEEDED = {
    "list": Right.SET_UP_REMINDERS,
    "retrieve": Right.SET_UP_REMINDERS,
    "create": Right.SET_UP_REMINDERS,
    "partial_update": Right.SET_UP_REMINDERS,
}


class ReminderRuleOutput(serializers.ModelSerializer[ReminderRule]):
    class Meta:
        model = ReminderRule
        fields = (
            "id",
            "subject_kind",
            "step",
            "appointment_type",
            "by_sms",
            "by_email",
            "is_active",
            "recorded_at",
        )
        read_only_fields = fields


class NewReminderRule(Input):
    """What is left out is true; `appointment_type` null: all kinds of visit without a rule of their own."""

    subject_kind = WordField(Subject)
    step = WordField(Step)
    appointment_type = RowField(scopes.reminded_types, required=False, allow_null=True)
    by_sms = serializers.BooleanField(default=True)
    by_email = serializers.BooleanField(default=True)
    is_active = serializers.BooleanField(default=True)


class ReminderRuleChanges(Input):
    """What is left out stays as it is."""

    by_sms = serializers.BooleanField(required=False)
    by_email = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class ReminderRules(Readable):
    """What the clinic changed of the steps that are shipped; a step that it left alone has no row."""

    rights = NEEDED
    queryset = ReminderRule.objects.all()
    serializer_class = ReminderRuleOutput

    @creation(takes=NewReminderRule, gives=ReminderRuleOutput)
    def create(self, request: Request) -> Response:
        """Set how a step is sent, the first time or anew: one rule for each subject, step and kind of visit."""
        return self.deed(set_reminder_rule, NewReminderRule, code=201)

    @extend_schema(request=ReminderRuleChanges, responses=ReminderRuleOutput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Switch it on or off, or choose other ways. It holds from the next planning on, within a minute."""
        return self.deed(change_reminder_rule, ReminderRuleChanges, rule=self.get_object())


class MessageTextOutput(serializers.ModelSerializer[MessageText]):
    """With how long it is for an example patient, and what whoever wrote it should know."""

    segments = serializers.SerializerMethodField(help_text="Text messages that it takes.")
    warning = serializers.SerializerMethodField(help_text="Empty if all is well.")

    class Meta:
        model = MessageText
        fields = (
            "id",
            "kind",
            "language",
            "channel",
            "text",
            "segments",
            "warning",
            "recorded_at",
        )
        read_only_fields = fields

    def get_segments(self, row: MessageText) -> int:
        try:
            return length_of(row.kind, row.language, row.channel, row.text).segments
        except WrongText:
            return 0

    def get_warning(self, row: MessageText) -> str:
        """A text that a newer list of words refuses is not sent, and says so here."""
        try:
            return length_of(row.kind, row.language, row.channel, row.text).warning
        except WrongText as problem:
            return str(problem)


class NewMessageText(Input):
    kind = WordField(TextKind)
    language = WordField(Tongue)
    channel = WordField(Channel)
    text = text_of(MessageText, "text")


class NewWords(Input):
    text = text_of(MessageText, "text")


class MessageTexts(Readable):
    """The clinic's own words; where it has none, the shipped ones go out."""

    rights = {**NEEDED, "take_back": Right.SET_UP_REMINDERS}
    queryset = MessageText.objects.all()
    serializer_class = MessageTextOutput

    @creation(takes=NewMessageText, gives=MessageTextOutput)
    def create(self, request: Request) -> Response:
        """Write one of the texts, the first time or anew. 400 with every reason why it cannot be used."""
        return self.deed(write_message_text, NewMessageText, code=201)

    @extend_schema(request=NewWords, responses=MessageTextOutput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Other words for it. 400 with every reason why they cannot be used."""
        return self.deed(write_message_text, NewWords, **_which(self.get_object()))

    @verb("take-back", gives=None, code=204)
    def take_back(self, request: Request, pk: int) -> Response:
        """The shipped words again."""
        which = _which(self.get_object())
        self.entered(NoInput)
        write_message_text(**which, text="", now=timezone.now(), by=self.staff)
        return Response(status=204)


def _which(row: MessageText) -> dict[str, Any]:
    return {
        "kind": TextKind(row.kind),
        "language": Tongue(row.language),
        "channel": Channel(row.channel),
    }
