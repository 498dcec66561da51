"""/reminder-rules: which reminders are sent, and how. No patient data."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.framework import row_lookups
from api.framework.fields import Input, RowField, WordField
from api.framework.resource import Readable, creation
from api.resources.message_templates import NEEDED
from reminders.actions.reminder_rules import change_reminder_rule, set_reminder_rule
from reminders.enums import Step, Subject
from reminders.models import ReminderRule


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
    """A boolean that is left out is true.

    `appointment_type` null means all visit types without a rule of their own.
    """

    subject_kind = WordField(Subject)
    step = WordField(Step)
    appointment_type = RowField(row_lookups.reminded_types, required=False, allow_null=True)
    by_sms = serializers.BooleanField(default=True)
    by_email = serializers.BooleanField(default=True)
    is_active = serializers.BooleanField(default=True)


class ReminderRuleChanges(Input):
    """Values that are left out stay as they are."""

    by_sms = serializers.BooleanField(required=False)
    by_email = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class ReminderRules(Readable):
    """What the clinic changed of the shipped steps; an unchanged step has no row."""

    rights = NEEDED
    queryset = ReminderRule.objects.all()
    serializer_class = ReminderRuleOutput

    @creation(takes=NewReminderRule, gives=ReminderRuleOutput)
    def create(self, request: Request) -> Response:
        """Create or change the rule of a subject, step and visit type."""
        return self.run_action(set_reminder_rule, NewReminderRule, code=201)

    @extend_schema(request=ReminderRuleChanges, responses=ReminderRuleOutput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Switch a rule on or off, or change its channels.

        The change takes effect with the next planning, within a minute.
        """
        return self.run_action(change_reminder_rule, ReminderRuleChanges, rule=self.get_object())
