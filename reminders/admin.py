"""Admin pages of reminders: read-only lists, with buttons that run actions.

What needs input of its own (a message template, message preferences, what was done about a reply)
has a dashboard page.
"""

from collections.abc import Callable
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from access.admin_base import ClinicAdmin, at_the_site, run_on_each
from access.enums import Permission
from patients.admin import FoundByPatient
from reminders.actions.message_templates import write_message_text
from reminders.actions.reminder_rules import change_reminder_rule
from reminders.actions.reminders import send_again
from reminders.enums import Channel, Language, TemplateKind
from reminders.models import (
    FollowUp,
    IncomingText,
    MessagePreferences,
    MessageText,
    Reminder,
    ReminderRule,
)


@admin.register(Reminder)
class ReminderAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_REMINDERS
    due = at_the_site("due_at", "due")
    exclude = ("due_at",)
    readonly_fields = ("due",)
    list_display = ("due", "patient", "step", "channel", "status", "skip_reason", "failure")
    list_filter = ("status", "site")
    list_select_related = ("patient", "site")
    ordering = ("-due_at", "-id")
    actions = ("again",)

    @admin.action(description="Send again")
    def again(self, request: HttpRequest, rows: QuerySet[Reminder]) -> None:
        now = timezone.now()
        run_on_each(
            request, rows, lambda row, by: send_again(reminder=row, now=now, by=by), "queued."
        )


@admin.register(FollowUp)
class FollowUpAdmin(FoundByPatient):
    """Follow-ups and their outcomes. They are finished on the page "To do", with an outcome."""

    seen_with: ClassVar[Permission] = Permission.FOLLOW_UP
    list_display = ("due_date", "patient", "reason", "for_user", "outcome")
    list_filter = ("site",)
    list_select_related = ("patient", "site", "for_user")
    ordering = ("due_date", "id")


@admin.register(IncomingText)
class IncomingTextAdmin(FoundByPatient):
    """Incoming texts. They are closed on the page "Replies", with what was done."""

    seen_with: ClassVar[Permission] = Permission.FOLLOW_UP
    # A text may answer a reminder that the user may not see.
    exclude = ("received_at", "gateway_reference", "reminder")
    readonly_fields = ("received",)
    list_display = ("received", "patient", "meaning", "needs_person", "closed_by")
    list_select_related = ("patient__site", "closed_by")
    ordering = ("-received_at", "-id")
    actions = None

    @admin.display(description="received", ordering="received_at")
    def received(self, row: IncomingText) -> str:
        """Time in the zone of the patient's site; UTC if the patient is unknown."""
        zone = ZoneInfo(row.patient.site.time_zone if row.patient else "UTC")
        return f"{row.received_at.astimezone(zone):%a %-d %b %Y, %H:%M}"


@admin.register(MessagePreferences)
class MessagePreferencesAdmin(FoundByPatient):
    """Message preferences. They are changed on the patient's page."""

    seen_with: ClassVar[Permission] = Permission.SEE_IDENTITY
    list_display = ("patient", "by_sms", "by_email", "from_time", "until_time", "paused_until")
    list_select_related = ("patient",)
    ordering = ("-id",)
    actions = None


def _change(name: str, words: str, **changes: bool) -> Callable[..., None]:
    """Build an admin action that applies `changes` to the selected rules."""

    @admin.action(description=words)
    def act(admin_page: ClinicAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
        now = timezone.now()
        run_on_each(
            request,
            rows,
            lambda row, by: change_reminder_rule(rule=row, **changes, now=now, by=by),
            "changed.",
        )

    act.__name__ = name
    return act


@admin.register(ReminderRule)
class ReminderRuleAdmin(ClinicAdmin):
    """What the clinic changed of the shipped steps. New rules are made on "Message rules"."""

    seen_with: ClassVar[Permission] = Permission.SET_UP_REMINDERS
    list_display = (
        "subject_kind",
        "step",
        "appointment_type",
        "is_active",
        "by_sms",
        "by_email",
    )
    list_select_related = ("appointment_type",)
    ordering = ("id",)
    actions = (
        _change("switch_on", "Switch on", is_active=True),
        _change("switch_off", "Switch off", is_active=False),
        _change("by_text_alone", "Send by text only", by_sms=True, by_email=False),
        _change("by_email_alone", "Send by e-mail only", by_sms=False, by_email=True),
        _change("both_ways", "Send by text and e-mail", by_sms=True, by_email=True),
    )


@admin.register(MessageText)
class MessageTextAdmin(ClinicAdmin):
    """The clinic's own templates. They are written on "Message templates", which has a preview."""

    seen_with: ClassVar[Permission] = Permission.SET_UP_REMINDERS
    list_display = ("kind", "language", "channel", "text")
    ordering = ("id",)
    actions = ("take_back",)

    @admin.action(description="Restore the default text")
    def take_back(self, request: HttpRequest, rows: QuerySet[MessageText]) -> None:
        now = timezone.now()
        run_on_each(
            request,
            rows,
            lambda row, by: write_message_text(
                kind=TemplateKind(row.kind),
                language=Language(row.language),
                channel=Channel(row.channel),
                text="",
                now=now,
                by=by,
            ),
            "restored to the default.",
        )
