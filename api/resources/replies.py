"""/replies: texts from patients."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework.fields import (
    Input,
    text_of,
)
from api.framework.filters import YesOrNoFilter
from api.framework.resource import Readable, verb
from api.resources.contacts import OfPatient
from reminders.actions.replies import close_text
from reminders.models import IncomingText


class ReplyOutput(serializers.ModelSerializer[IncomingText]):
    """An incoming text; `reminder` is the one that it answers.

    `patient` is null if its number does not belong to exactly one patient.
    """

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
        help_text="`true`: replies that need a staff member; `false`: all others.",
    )

    def left_to_people(
        self, rows: QuerySet[IncomingText], name: str, value: bool
    ) -> QuerySet[IncomingText]:
        waiting = IncomingText.WAITING
        return rows.filter(waiting) if value else rows.exclude(waiting)


class Replies(Readable):
    """Texts from patients, the latest first.

    What was understood was done; the others wait for a staff member.
    """

    rights = {
        "list": Permission.FOLLOW_UP,
        "retrieve": Permission.FOLLOW_UP,
        "close": Permission.FOLLOW_UP,
    }
    queryset = IncomingText.objects.all()
    serializer_class = ReplyOutput
    filterset_class = ReplyFilters
    order = IncomingText.ORDER

    @verb("close", takes=Closed, gives=ReplyOutput)
    def close(self, request: Request, pk: int) -> Response:
        """Close a reply with what was done. 409 if it is closed, or if nothing was left to do."""
        return self.run_action(close_text, Closed, incoming=self.get_object())
