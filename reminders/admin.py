"""Reminders in the admin: to read, and to send again on a person's word."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from access.admin_base import at_the_site, run_on_each
from access.enums import Right
from patients.admin import FoundByPatient
from reminders.actions import send_again
from reminders.models import FollowUp, Reminder


@admin.register(Reminder)
class ReminderAdmin(FoundByPatient):
    seen_with: ClassVar[Right] = Right.SEE_REMINDERS
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
    """What is left to people, and what came of it. Finished on the page "To do", with an outcome."""

    seen_with: ClassVar[Right] = Right.FOLLOW_UP
    list_display = ("due_date", "patient", "reason", "for_user", "outcome")
    list_filter = ("site",)
    list_select_related = ("patient", "site", "for_user")
    ordering = ("due_date", "id")
