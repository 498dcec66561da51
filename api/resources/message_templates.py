"""/message-texts: the clinic's own message templates. No patient data."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework.fields import Input, NoInput, WordField, text_of
from api.framework.resource import Readable, creation, verb
from reminders.actions.message_templates import write_message_text
from reminders.enums import Channel, Language, TemplateKind
from reminders.message_templates import WrongText, length_of
from reminders.models import MessageText

NEEDED = {
    "list": Permission.SET_UP_REMINDERS,
    "retrieve": Permission.SET_UP_REMINDERS,
    "create": Permission.SET_UP_REMINDERS,
    "partial_update": Permission.SET_UP_REMINDERS,
}


class MessageTextOutput(serializers.ModelSerializer[MessageText]):
    """A template with its length for an example patient, and a warning for its author."""

    segments = serializers.SerializerMethodField(help_text="Number of text messages needed.")
    warning = serializers.SerializerMethodField(help_text="Empty if there is no problem.")

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
        """Also for a text that a newer list of banned words refuses: it is not sent."""
        try:
            return length_of(row.kind, row.language, row.channel, row.text).warning
        except WrongText as problem:
            return str(problem)


class NewMessageText(Input):
    kind = WordField(TemplateKind)
    language = WordField(Language)
    channel = WordField(Channel)
    text = text_of(MessageText, "text")


class NewWords(Input):
    text = text_of(MessageText, "text")


class MessageTexts(Readable):
    """The clinic's own templates; where there is none, the shipped one is used."""

    rights = {**NEEDED, "take_back": Permission.SET_UP_REMINDERS}
    queryset = MessageText.objects.all()
    serializer_class = MessageTextOutput

    @creation(takes=NewMessageText, gives=MessageTextOutput)
    def create(self, request: Request) -> Response:
        """Create or change a template. 400 with every reason why it cannot be used."""
        return self.run_action(write_message_text, NewMessageText, code=201)

    @extend_schema(request=NewWords, responses=MessageTextOutput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the text of a template. 400 with every reason why it cannot be used."""
        return self.run_action(write_message_text, NewWords, **_which(self.get_object()))

    @verb("take-back", gives=None, code=204)
    def take_back(self, request: Request, pk: int) -> Response:
        """Restore the shipped template."""
        which = _which(self.get_object())
        self.validated(NoInput)
        write_message_text(**which, text="", now=timezone.now(), by=self.staff)
        return Response(status=204)


def _which(row: MessageText) -> dict[str, Any]:
    return {
        "kind": TemplateKind(row.kind),
        "language": Language(row.language),
        "channel": Channel(row.channel),
    }
