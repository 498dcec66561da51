"""Reminders: what was sent, what was not and why, history, and figures on their effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import can, has_permission, sites_with_permission
from access.decorators import requires
from access.enums import Permission
from access.models import Site, User
from common.paging import page_by_key
from common.time_zones import day_bounds
from dashboard.http.form_views import action_button, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor, day_or_none
from dashboard.plots import interval_plot
from dashboard.views.schedule import sites_of
from reminders.actions.reminders import run_now, send_again
from reminders.enums import Channel, ReminderStatus, SkipReason
from reminders.job_health import job_health
from reminders.models import IncomingText, Reminder
from reminders.statistics import PERIOD, figures

PAGE = 50
#: A filter without an index of its own covers so many days, or one chosen day.
LATELY = timedelta(days=31)


@dataclass(frozen=True)
class Chosen:
    """The filters in the address; a value that is no choice counts as missing."""

    status: str
    reason: str
    channel: str
    site: Site | None
    day: date | None

    @property
    def narrows(self) -> bool:
        return bool(self.reason or self.channel or self.site or self.day)

    @property
    def query(self) -> str:
        """The filters as a query string, without the page."""
        chosen = {
            "status": self.status,
            "reason": self.reason,
            "channel": self.channel,
            "site": self.site.code if self.site else "",
            "day": self.day.isoformat() if self.day else "",
        }
        return urlencode({name: value for name, value in chosen.items() if value})


def _chosen(request: HttpRequest, sites: list[Site]) -> Chosen:
    asked = request.GET
    reason = asked.get("reason", "")
    status = asked.get("status", "")
    return Chosen(
        status=status if status in ReminderStatus.values else "",
        reason=reason if reason in SkipReason.values else "",
        channel=asked.get("channel", "") if asked.get("channel") in Channel.values else "",
        site=next((site for site in sites if site.code == asked.get("site")), None),
        day=day_or_none(asked.get("day")),
    )


def _narrowed(rows: Any, chosen: Chosen, zone: str) -> Any:
    if chosen.status:
        rows = rows.filter(status=chosen.status)
    if chosen.site:
        rows = rows.filter(site=chosen.site)
    if chosen.reason:
        rows = rows.filter(status=ReminderStatus.SKIPPED, skip_reason=chosen.reason)
    if chosen.channel:
        rows = rows.filter(channel=chosen.channel)
    if chosen.day:
        begins, ends = day_bounds(chosen.day, zone)
        return rows.filter(due_at__gte=begins, due_at__lt=ends)
    if chosen.reason or chosen.channel:
        return rows.filter(due_at__gte=timezone.now() - LATELY)
    return rows


@requires(Permission.SEE_REMINDERS)
def reminders(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sites = sites_of(user, Permission.SEE_REMINDERS)
    chosen = _chosen(request, sites)
    rows = Reminder.objects.visible_to(user).select_related("patient", "contact_point", "site")
    zone = (chosen.site or sites[0]).time_zone if sites else "UTC"
    rows = _narrowed(rows, chosen, zone)
    after = cursor(request.GET.get("after"))
    page = page_by_key(rows, order=Reminder.ORDER, after=after, size=PAGE)
    context = {
        "page": page,
        "chosen": chosen,
        "status": chosen.status,
        "statuses": ReminderStatus.choices,
        "reasons": SkipReason.choices,
        "channels": Channel.choices,
        "sites": sites,
        "may_send_again": has_permission(user, Permission.MANAGE_REMINDERS),
        "may_see_figures": has_permission(user, Permission.SEE_OUTCOMES),
        "health": (health := job_health(now=timezone.now())),
        "stopped": [job.name for job in health if not job.is_fresh],
        "uncertain": _uncertain(user),
    }
    return render(request, "dashboard/reminders.html", context)


def _uncertain(user: User) -> int:
    """The number of reminders with an uncertain outcome, up to 100."""
    rows = Reminder.objects.visible_to(user).filter(status=ReminderStatus.UNCERTAIN)
    return rows.order_by()[:100].count()


@requires(Permission.SEE_REMINDERS)
def reminder(request: HttpRequest, pk: int) -> HttpResponse:
    """The history of one reminder, and what staff can do about it."""
    user = staff_user(request)
    rows = Reminder.objects.select_related("patient", "contact_point", "site")
    row = visible(rows, user, pk)
    answers = IncomingText.objects.visible_to(user).filter(reminder=row).order_by("received_at")
    context = {
        "row": row,
        "answers": answers,
        "may_send_again": can(user, Permission.MANAGE_REMINDERS, on=row),
    }
    return render(request, "dashboard/reminder.html", context)


@requires(Permission.SEE_OUTCOMES)
def reminder_figures(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sites = sites_with_permission(user, Permission.SEE_OUTCOMES)
    found = figures(sites=sites, now=timezone.now())
    plot = interval_plot(
        [("With a reminder", found.missed_with), ("Without a reminder", found.missed_without)]
    )
    context = {"figures": found, "plot": plot, "days": PERIOD.days}
    return render(request, "dashboard/reminder_figures.html", context)


@requires(Permission.MANAGE_REMINDERS)
@require_POST
def run_reminders(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    return action_button(
        request,
        lambda: run_now(now=timezone.now(), by=user),
        done="Reminders planned. Sending has started and continues in the background.",
        back=reverse("dashboard:reminders"),
    )


@requires(Permission.MANAGE_REMINDERS)
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    reminder = visible(Reminder.objects.select_related("site"), user, pk)
    return action_button(
        request,
        lambda: send_again(reminder=reminder, now=timezone.now(), by=user),
        done="The reminder will be sent again within a minute.",
        back=reverse("dashboard:reminders"),
    )
