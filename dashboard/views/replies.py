"""Text messages from patients."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from common.paging import page_by_key
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from dashboard.views.follow_ups import PAGE
from reminders.actions.replies import close_text
from reminders.forms.replies import CloseForm
from reminders.models import IncomingText


@requires(Permission.FOLLOW_UP)
def replies(request: HttpRequest) -> HttpResponse:
    """Replies that no rule understood and nobody closed, or all replies."""
    user = staff_user(request)
    every = request.GET.get("all") == "1"
    rows = IncomingText.objects.visible_to(user)
    rows = (rows if every else rows.to_read()).select_related("patient__site", "closed_by")
    after = cursor(request.GET.get("after"))
    page = page_by_key(rows, order=IncomingText.ORDER, after=after, size=PAGE)
    return render(request, "dashboard/replies.html", {"page": page, "every": every})


@requires(Permission.FOLLOW_UP)
def close_reply(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(IncomingText.objects.select_related("patient__site"), user, pk)
    return form_page(
        request,
        CloseForm(request.POST or None),
        lambda data: close_text(incoming=row, now=timezone.now(), by=user, **data),
        title="Close reply",
        button="Close reply",
        done="Reply closed.",
        back=reverse("dashboard:replies"),
        note=f"“{row.text}”",
    )
