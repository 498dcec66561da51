"""Follow-ups: the list of open tasks, and finishing one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from reminders.actions.follow_ups import finish_follow_up
from reminders.forms.follow_ups import FinishForm
from reminders.models import FollowUp

PAGE = 50


@requires(Permission.FOLLOW_UP)
def follow_ups(request: HttpRequest) -> HttpResponse:
    """Open follow-ups, the longest overdue first; `mine=1` shows the user's own."""
    user = staff_user(request)
    mine = request.GET.get("mine") == "1"
    rows = FollowUp.objects.visible_to(user).to_do()
    if mine:
        rows = rows.filter(for_user=user)
    rows = rows.select_related("patient", "site", "for_user")
    after = cursor(request.GET.get("after"))
    page = page_by_key(rows, order=FollowUp.ORDER, after=after, size=PAGE)
    now = timezone.now()
    late = {row.pk for row in page.rows if row.due_date < day_of(now, row.site.time_zone)}
    context = {"page": page, "mine": mine, "late": late}
    return render(request, "dashboard/follow_ups.html", context)


@requires(Permission.FOLLOW_UP)
def finish(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(
        FollowUp.objects.select_related("patient", "site"), user, pk, Permission.FOLLOW_UP
    )
    return form_page(
        request,
        FinishForm(request.POST or None),
        lambda data: finish_follow_up(follow_up=row, now=timezone.now(), by=user, **data),
        title=f"Complete follow-up: {row.patient.display_name}",
        button="Save",
        done="Follow-up completed.",
        back=reverse("dashboard:follow_ups"),
        note=row.get_reason_display(),
    )
