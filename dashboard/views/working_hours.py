"""Working hours, time away and closures of a site.

Users who see the schedule read them; users with the permission SET_CALENDAR change them.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import sites_with_permission
from access.decorators import requires
from access.enums import Permission
from access.models import Site, User
from appointments.actions.working_hours import (
    add_extra_hours,
    add_time_away,
    close_on_federal_holidays,
    close_site,
    end_working_hours,
    remove_extra_hours,
    remove_time_away,
    reopen_site,
    set_working_week,
)
from appointments.availability import practitioners_at
from appointments.forms.working_hours import (
    ClosureForm,
    EndHoursForm,
    ExtraHoursForm,
    HolidaysForm,
    HoursForm,
    TimeAwayForm,
)
from appointments.holiday_closures import visits_in_the_way
from appointments.models import Closure, ExtraHours, TimeAway, WorkingHours
from common.errors import InvalidInput, NotFound
from common.time_zones import day_bounds, day_of, is_supported_date, moment_of
from dashboard.http.form_views import action_button, form_page, staff_user
from dashboard.views.schedule import chosen_site, sites_of

#: How far ahead appointments are listed that have to be moved.
WEEKS_AHEAD = 13


@requires(Permission.SEE_SCHEDULE)
def hours(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sites = sites_of(user, Permission.SEE_SCHEDULE)
    site = chosen_site(request, sites)
    now = timezone.now()
    today = day_of(now, site.time_zone)
    people = list(practitioners_at(site=site))
    away = list(
        TimeAway.objects.filter(practitioner__in=people, ends_at__gt=now)
        .select_related("practitioner")
        .order_by("starts_at", "id")
    )
    closures = list(Closure.objects.filter(site=site, until_date__gt=today).order_by("from_date"))
    return render(
        request,
        "dashboard/working_hours.html",
        {
            "site": site,
            "sites": sites,
            "people": _with_hours(site, people, today),
            "extra": ExtraHours.objects.filter(site=site, on_date__gte=today)
            .select_related("practitioner")
            .order_by("on_date", "starts_time"),
            "away": away,
            "closures": closures,
            "in_the_way": _in_the_way(user, site, away, closures, now),
            "may_keep": site.pk in sites_with_permission(user, Permission.SET_CALENDAR),
            "is_practitioner": user in people,
        },
    )


def _with_hours(
    site: Site, people: list[User], today: Any
) -> list[tuple[User, list[WorkingHours]]]:
    rows = WorkingHours.objects.filter(site=site, practitioner__in=people).exclude(
        until_date__lte=today
    )
    by_person: dict[int, list[WorkingHours]] = {}
    for row in rows.order_by("weekday", "starts_time", "from_date"):
        by_person.setdefault(row.practitioner_id, []).append(row)
    return [(who, by_person.get(who.pk, [])) for who in people]


def _in_the_way(
    user: User, site: Site, away: list[TimeAway], closures: list[Closure], now: datetime
) -> list[Any]:
    """Appointments booked for times when nobody is there; staff have to move them."""
    until = now + timedelta(weeks=WEEKS_AHEAD)
    found: dict[int, Any] = {}
    for row in away:
        if row.starts_at < until:
            rows = visits_in_the_way(
                user=user,
                starts_at=max(row.starts_at, now),
                ends_at=row.ends_at,
                practitioner=row.practitioner,
                site=site,
            )
            found |= {visit.pk: visit for visit in rows}
    for closure in closures:
        begins = day_bounds(closure.from_date, site.time_zone)[0]
        ends = day_bounds(closure.until_date, site.time_zone)[0]
        if begins < until:
            rows = visits_in_the_way(user=user, starts_at=max(begins, now), ends_at=ends, site=site)
            found |= {visit.pk: visit for visit in rows}
    return sorted(found.values(), key=lambda visit: visit.starts_at)


def _chosen_site(request: HttpRequest, right: Permission = Permission.SET_CALENDAR) -> Site:
    return chosen_site(request, sites_of(staff_user(request), right))


def _page(site: Site) -> str:
    return f"{reverse('dashboard:hours')}?site={site.code}"


@requires(Permission.SET_CALENDAR)
def add_hours(request: HttpRequest) -> HttpResponseBase:
    user, site = staff_user(request), _chosen_site(request)
    today = day_of(timezone.now(), site.time_zone)
    return form_page(
        request,
        HoursForm(request.POST or None, site=site, initial={"from_date": today}),
        lambda data: set_working_week(site=site, now=timezone.now(), by=user, **data),
        title=f"Working hours at {site}",
        button="Save hours",
        done="Hours saved. Appointments can be booked only within these hours.",
        back=_page(site),
        note="Once a practitioner has hours, appointments with them can be booked only within those hours.",
    )


@requires(Permission.SET_CALENDAR)
def end_hours(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = _get_row(request, WorkingHours.objects.select_related("practitioner", "site"), pk)
    today = day_of(timezone.now(), row.site.time_zone)
    return form_page(
        request,
        EndHoursForm(request.POST or None, initial={"until_date": today}),
        lambda data: end_working_hours(hours=row, now=timezone.now(), by=user, **data) or True,
        title="End working hours",
        button="End hours",
        done="Hours ended.",
        back=_page(row.site),
        note=f"{row} of {row.practitioner}",
    )


@requires(Permission.SET_CALENDAR)
def add_extra(request: HttpRequest) -> HttpResponseBase:
    user, site = staff_user(request), _chosen_site(request)
    return form_page(
        request,
        ExtraHoursForm(request.POST or None, site=site),
        lambda data: add_extra_hours(site=site, now=timezone.now(), by=user, **data),
        title=f"Extra hours at {site}",
        button="Add hours",
        done="Hours added.",
        back=_page(site),
    )


@requires(Permission.SET_CALENDAR)
@require_POST
def remove_extra(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = _get_row(request, ExtraHours.objects.select_related("site"), pk)
    return action_button(
        request,
        lambda: remove_extra_hours(hours=row, now=timezone.now(), by=user),
        done="Hours removed.",
        back=_page(row.site),
    )


def _get_row(request: HttpRequest, rows: Any, pk: int) -> Any:
    """A row of a site whose calendar the user may change, or 404."""
    sites = sites_with_permission(staff_user(request), Permission.SET_CALENDAR)
    return get_object_or_404(rows.filter(site__in=sites), pk=pk)


@requires(Permission.SEE_SCHEDULE)
def take_away(request: HttpRequest) -> HttpResponseBase:
    """Record the user's own time away; users with SET_CALENDAR record that of others."""
    user, site = staff_user(request), _chosen_site(request, Permission.SEE_SCHEDULE)
    keeps = site.pk in sites_with_permission(user, Permission.SET_CALENDAR)
    if not keeps and user not in practitioners_at(site=site):
        raise NotFound
    today = day_of(timezone.now(), site.time_zone)
    initial = {"from_date": today, "last_date": today}
    form = TimeAwayForm(
        request.POST or None, site=site, only=None if keeps else user, initial=initial
    )
    return form_page(
        request,
        form,
        lambda data: add_time_away(
            practitioner=data["practitioner"],
            reason=data["reason"],
            **_period(data, site),
            now=timezone.now(),
            by=user,
        ),
        title="Add time away",
        button="Save time away",
        done="Time away saved. Appointments booked during it are listed below: move them.",
        back=_page(site),
    )


def _period(data: dict[str, Any], site: Site) -> dict[str, datetime]:
    """From the start (or a time) of the first day to the end (or a time) of the last day.

    Raises InvalidInput at `from_date` if a day is out of bounds.
    """
    first, last = data["from_date"], data["last_date"]
    if not (is_supported_date(first) and is_supported_date(last)):
        raise InvalidInput("The year is out of range. Check the dates.", field="from_date")
    begins = moment_of(first, data["from_clock"] or time.min, site.time_zone)
    clock = data["until_clock"]
    ends = moment_of(last, clock, site.time_zone) if clock else day_bounds(last, site.time_zone)[1]
    return {"starts_at": begins, "ends_at": ends}


@requires(Permission.SEE_SCHEDULE)
@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    seen = User.objects.filter(
        role_assignments__site__in=sites_with_permission(user, Permission.SEE_SCHEDULE)
    )
    rows = TimeAway.objects.filter(practitioner__in=seen).select_related("practitioner")
    row = get_object_or_404(rows, pk=pk)
    return action_button(
        request,
        lambda: remove_time_away(away=row, now=timezone.now(), by=user),
        done="Time away removed.",
        back=reverse("dashboard:hours"),
    )


@requires(Permission.SET_CALENDAR)
def close(request: HttpRequest) -> HttpResponseBase:
    user, site = staff_user(request), _chosen_site(request)
    form = ClosureForm(request.POST or None)
    return form_page(
        request,
        form,
        lambda data: close_site(
            site=site,
            from_date=data["from_date"],
            until_date=form.until_date(),
            name=data["name"],
            now=timezone.now(),
            by=user,
        ),
        title=f"Close {site}",
        button="Close site",
        done="Closure saved. Appointments booked during it are listed below: move them.",
        back=_page(site),
    )


@requires(Permission.SET_CALENDAR)
def close_holidays(request: HttpRequest) -> HttpResponseBase:
    user, site = staff_user(request), _chosen_site(request)
    year = day_of(timezone.now(), site.time_zone).year
    return form_page(
        request,
        HolidaysForm(request.POST or None, initial={"year": year + 1}),
        lambda data: close_on_federal_holidays(site=site, now=timezone.now(), by=user, **data),
        title=f"Federal holidays at {site}",
        button="Close on federal holidays",
        done="Closed on federal holidays. Reopen the days on which you give doses.",
        back=_page(site),
        note="As observed by the federal government (5 U.S.C. 6103): on Friday if the holiday is a Saturday, on Monday if it is a Sunday.",
    )


@requires(Permission.SET_CALENDAR)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = _get_row(request, Closure.objects.select_related("site"), pk)
    return action_button(
        request,
        lambda: reopen_site(closure=row, now=timezone.now(), by=user),
        done="Site reopened.",
        back=_page(row.site),
    )
