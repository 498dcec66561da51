"""/follow-ups: tasks for staff."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework.fields import (
    Input,
    WordField,
    optional_text_of,
)
from api.framework.resource import Readable, verb
from api.resources.contacts import OfPatient
from api.resources.reference_lists import OfSite
from reminders.actions.follow_ups import finish_follow_up
from reminders.enums import FollowUpOutcome
from reminders.models import FollowUp


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
    """By patient, or by site."""


class FollowUps(Readable):
    """Follow-ups, also finished ones, the longest due first."""

    rights = {
        "list": Permission.FOLLOW_UP,
        "retrieve": Permission.FOLLOW_UP,
        "finish": Permission.FOLLOW_UP,
    }
    queryset = FollowUp.objects.all()
    serializer_class = FollowUpOutput
    filterset_class = FollowUpFilters
    order = FollowUp.ORDER

    @verb("finish", takes=Finished, gives=FollowUpOutput)
    def finish(self, request: Request, pk: int) -> Response:
        """Finish a follow-up with its outcome. 409 if it is finished already."""
        return self.run_action(finish_follow_up, Finished, follow_up=self.get_object())
