"""Admin pages of the calendar: read-only, with buttons that run actions."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from access.admin_base import ClinicAdmin, at_the_site, run_on_each
from access.enums import Permission
from appointments.actions.booking import confirm_appointment
from appointments.actions.check_in import complete_appointment, mark_arrived
from appointments.actions.no_shows import mark_no_show
from appointments.actions.waitlist import withdraw_from_waitlist
from appointments.models import Appointment, GroupSession, WaitlistEntry
from patients.admin import FoundByPatient


def _button(
    verb: Callable[..., object], words: str, done: str, row_name: str = "appointment"
) -> Any:
    @admin.action(description=words)
    def act(admin_page: ClinicAdmin, request: HttpRequest, rows: QuerySet[Any]) -> None:
        now = timezone.now()
        run_on_each(request, rows, lambda row, by: verb(**{row_name: row}, now=now, by=by), done)

    act.__name__ = verb.__name__
    return act


@admin.register(Appointment)
class AppointmentAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_SCHEDULE
    starts = at_the_site("starts_at", "starts")
    ends = at_the_site("ends_at", "ends")
    exclude = ("starts_at", "ends_at", "check_in_code")
    readonly_fields = ("starts", "ends")
    list_display = ("starts", "patient", "type", "practitioner", "status")
    list_filter = ("site", "type")
    list_select_related = ("patient", "type", "practitioner", "site")
    ordering = ("-starts_at", "-id")
    actions = (
        _button(confirm_appointment, "Confirm", "confirmed."),
        _button(mark_arrived, "Check in", "checked in."),
        _button(complete_appointment, "Complete", "completed."),
        _button(mark_no_show, "Mark no-show", "marked as no-show."),
    )


@admin.register(GroupSession)
class GroupSessionAdmin(ClinicAdmin):
    seen_with: ClassVar[Permission] = Permission.SEE_SCHEDULE
    starts = at_the_site("starts_at", "starts")
    ends = at_the_site("ends_at", "ends")
    exclude = ("starts_at", "ends_at", "video_link")
    readonly_fields = ("starts", "ends")
    list_display = ("starts", "type", "practitioner", "room", "seats_taken", "capacity", "status")
    list_filter = ("site",)
    list_select_related = ("type", "practitioner", "room", "site")
    ordering = ("-starts_at", "-id")


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(FoundByPatient):
    seen_with: ClassVar[Permission] = Permission.SEE_SCHEDULE
    list_display = ("patient", "type", "told", "from_date", "until_date", "status")
    exclude = ("priority",)
    readonly_fields = ("told",)
    list_filter = ("site",)
    list_select_related = ("patient", "type", "site")
    ordering = ("-id",)

    @admin.display(description="priority")
    def told(self, row: WaitlistEntry) -> str:
        return row.why_first or "—"

    actions = (
        _button(
            withdraw_from_waitlist,
            "Remove from waitlist",
            "removed from the waitlist.",
            "entry",
        ),
    )
