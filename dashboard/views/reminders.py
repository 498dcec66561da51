"""What was sent, what was not and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.enums import Right
from access.gate import needs
from access.policy import has_right
from common.paging import page_by_key
from dashboard.addresses import cursor
from dashboard.deeds import deed_button, staff_user
from dashboard.lookups import visible
from reminders.actions import send_again
from reminders.enums import ReminderStatus
from reminders.jobs import job_health
from reminders.models import Reminder

PAGE = 50


@needs(Right.SEE_REMINDERS)
def reminders(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    status = request.GET.get("status", "")
    rows = Reminder.objects.visible_to(user).select_related("patient", "contact_point", "site")
    if status in ReminderStatus.values:
        rows = rows.filter(status=status)
    after = cursor(request.GET.get("after"))
    page = page_by_key(rows, order=Reminder.ORDER, after=after, size=PAGE)
    return render(
        request,
        "dashboard/reminders.html",
        {
            "page": page,
            "status": status,
            "statuses": ReminderStatus.choices,
            "may_send_again": has_right(user, Right.MANAGE_REMINDERS),
            "health": job_health(now=timezone.now()),
        },
    )


@needs(Right.MANAGE_REMINDERS)
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    reminder = visible(Reminder.objects.select_related("site"), user, pk)
    return deed_button(
        request,
        lambda: send_again(reminder=reminder, now=timezone.now(), by=user),
        done="Back in the queue: it goes out within a minute.",
        back=reverse("dashboard:reminders"),
    )
