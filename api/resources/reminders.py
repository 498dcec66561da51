"""/reminders: messages sent, and messages not sent with the reason."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework.fast_serializers import LeanOutput
from api.framework.filters import ChoiceFilter, Filters, IdFilter, MomentFilter
from api.framework.resource import Readable, verb
from reminders.actions.reminders import send_again
from reminders.enums import ReminderStatus
from reminders.models import Reminder


class ReminderOutput(LeanOutput[Reminder]):
    """A reminder. `contact_point` is an id: the number or address is in that row."""

    class Meta:
        model = Reminder
        fields = (
            "id",
            "patient",
            "site",
            "contact_point",
            "subject_kind",
            "subject_id",
            "subject_version",
            "step",
            "channel",
            "due_at",
            "status",
            "skip_reason",
            "failure",
            "handed_over_at",
            "finished_at",
            "attempts",
            "body",
            "recorded_at",
        )
        read_only_fields = fields


class ReminderFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    site = IdFilter(field_name="site_id")
    status = ChoiceFilter(choices=ReminderStatus.choices)
    due_from = MomentFilter(field_name="due_at", lookup_expr="gte")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")


class Reminders(Readable):
    """Reminders, the latest due first."""

    rights = {
        "list": Permission.SEE_REMINDERS,
        "retrieve": Permission.SEE_REMINDERS,
        "send_again": Permission.MANAGE_REMINDERS,
    }
    queryset = Reminder.objects.all()
    serializer_class = ReminderOutput
    filterset_class = ReminderFilters
    order = Reminder.ORDER

    @verb("send-again", gives=ReminderOutput)
    def send_again(self, request: Request, pk: int) -> Response:
        """Put a failed or uncertain reminder back in the queue."""
        return self.run_action(send_again, reminder=self.get_object())
