"""Calendar feeds of practitioners."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access.decorators import open_to_anyone, requires
from access.enums import Permission
from appointments.actions.calendar_feeds import make_calendar_feed, revoke_calendar_feed
from appointments.calendar_feeds import read_feed
from appointments.models import CalendarFeed
from dashboard.http.form_views import action_button, staff_user


@open_to_anyone
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The iCalendar feed for anybody who has its address: times only, no patients."""
    answer = HttpResponse(
        read_feed(secret=secret, now=timezone.now()), content_type="text/calendar"
    )
    answer["Content-Disposition"] = 'inline; filename="work.ics"'
    return answer


@requires(Permission.SEE_SCHEDULE)
def own_feed(request: HttpRequest) -> HttpResponse:
    """Make the user's own feed (which ends the previous one) and show its address once."""
    user = staff_user(request)
    address = ""
    if request.method == "POST":
        _, secret = make_calendar_feed(now=timezone.now(), by=user)
        address = request.build_absolute_uri(reverse("dashboard:feed", args=[secret]))
    row = CalendarFeed.objects.filter(user=user, revoked_at__isnull=True).last()
    return render(request, "dashboard/calendar_feed.html", {"row": row, "address": address})


@requires(Permission.SEE_SCHEDULE)
@require_POST
def revoke_feed(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = get_object_or_404(CalendarFeed.objects.filter(user=user), pk=pk)
    return action_button(
        request,
        lambda: revoke_calendar_feed(feed=row, now=timezone.now(), by=user),
        done="Calendar feed revoked.",
        back=reverse("dashboard:own_feed"),
    )
