"""The calendar by day, week and month, practitioner, room and site; moving in it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import sites_with_permission
from access.decorators import requires
from access.enums import Permission
from access.models import Site, User
from appointments.actions.booking import move_appointment
from appointments.availability import free_times, practitioners_at
from appointments.enums import AppointmentStatus
from appointments.forms.series import MoveToForm
from appointments.locking import UNCHANGED
from appointments.models import Appointment, Room
from appointments.queries import (
    closures_between,
    counts_by_day,
    sessions_between,
    times_away_between,
    visits_between,
)
from common.errors import InvalidInput
from common.time_zones import day_bounds, day_of, moment_of
from dashboard.calendar_grid import Lane, laid_out
from dashboard.http.form_views import action_button, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor, day_or_none, require_supported_date
from dashboard.views.schedule import chosen_site, sites_of

VIEWS = {"day": "Day", "week": "Week", "month": "Month"}
SHOWN = set(AppointmentStatus) - {AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW}
#: How many free times, and of how many days, are offered when an appointment is moved.
MOST_OFFERED, DAYS_OFFERED = 60, 21


@requires(Permission.SEE_SCHEDULE)
def calendar(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sites = sites_of(user, Permission.SEE_SCHEDULE)
    site = chosen_site(request, sites)
    today = day_of(timezone.now(), site.time_zone)
    day = day_or_none(request.GET.get("day")) or today
    view = request.GET.get("view", "day")
    view = view if view in VIEWS else "day"
    people, rooms = list(practitioners_at(site=site)), list(_rooms(site))
    who = _chosen(request.GET.get("with"), people)
    room = _chosen(request.GET.get("room"), rooms)
    by_room = request.GET.get("by") == "room"
    if view == "week" and who is None and room is None:
        who = user if user in people else next(iter(people), None)
    shown = {
        "site": site,
        "sites": sites,
        "day": day,
        "today": today,
        "view": view,
        "views": VIEWS,
        "people": people,
        "rooms": rooms,
        "who": who,
        "room": room,
        "by_room": by_room,
        "can_book": site.pk in sites_with_permission(user, Permission.BOOK),
        "here": request.get_full_path(),
        "monday": day - timedelta(days=day.weekday()),
        **_around(view, day),
    }
    body = {"day": _day, "week": _week, "month": _month}[view]
    return render(request, "dashboard/calendar.html", {**shown, **body(user, **_filters(shown))})


def _filters(shown: dict[str, Any]) -> dict[str, Any]:
    return {
        name: shown[name] for name in ("site", "day", "who", "room", "by_room", "people", "rooms")
    }


def _rooms(site: Site) -> Any:
    return Room.objects.filter(site=site, is_active=True).order_by("name")


def _chosen(text: str | None, rows: list[Any]) -> Any:
    pk = cursor(text)
    return next((row for row in rows if row.pk == pk), None)


def _around(view: str, day: date) -> dict[str, date]:
    """The previous and the next day, week or month."""
    if view == "month":
        first = day.replace(day=1)
        return {
            "before": (first - timedelta(days=1)).replace(day=1),
            "after": (first + timedelta(days=32)).replace(day=1),
        }
    step = timedelta(days=7 if view == "week" else 1)
    return {"before": day - step, "after": day + step}


def _day(
    user: User,
    *,
    site: Site,
    day: date,
    who: User | None,
    room: Room | None,
    by_room: bool,
    people: list[User],
    rooms: list[Room],
) -> dict[str, Any]:
    """One lane for each practitioner, or for each room."""
    if by_room:
        chosen = [room] if room else rooms
        lanes = {one.pk: Lane(one.name, day=day, room=one.pk) for one in chosen}
    else:
        named = [who] if who else people
        lanes = {one.pk: Lane(one.name, day=day, practitioner=one.pk) for one in named}
    column = "room_id" if by_room else "practitioner_id"
    _fill(user, site, day, day + timedelta(days=1), lambda row: lanes.get(getattr(row, column)))
    if not by_room:
        _fill_away(
            user, site, day, day + timedelta(days=1), lambda row: lanes.get(row.practitioner_id)
        )
    shut = closures_between(site=site, from_date=day, until_date=day + timedelta(days=1))
    return {"grid": laid_out(list(lanes.values()), site.time_zone), "shut": shut.get(day)}


def _week(
    user: User,
    *,
    site: Site,
    day: date,
    who: User | None,
    room: Room | None,
    **_: Any,
) -> dict[str, Any]:
    """One lane for each day, of one practitioner or one room."""
    first = day - timedelta(days=day.weekday())
    days = [first + timedelta(days=number) for number in range(7)]
    shut = closures_between(site=site, from_date=first, until_date=first + timedelta(days=7))
    whose = {"room": room.pk} if room else {"practitioner": who.pk if who else None}
    lanes = {
        one: Lane(f"{one:%a} {one.day} {one:%b}", day=one, note=shut.get(one, ""), **whose)
        for one in days
    }

    def lane(row: Any) -> Lane | None:
        mine = row.room_id == room.pk if room else who and row.practitioner_id == who.pk
        return lanes.get(day_of(row.starts_at, site.time_zone)) if mine else None

    _fill(user, site, first, first + timedelta(days=7), lane)
    if who and not room:
        away = times_away_between(
            site=site, from_date=first, until_date=first + timedelta(days=7), user=user
        )
        for row, (one, its) in product(away, lanes.items()):
            begins, ends = day_bounds(one, site.time_zone)
            if row.practitioner_id == who.pk and row.starts_at < ends and row.ends_at > begins:
                its.add("away", row, row.starts_at, row.ends_at)
    return {"grid": laid_out(list(lanes.values()), site.time_zone)}


def _month(
    user: User,
    *,
    site: Site,
    day: date,
    who: User | None,
    room: Room | None,
    **_: Any,
) -> dict[str, Any]:
    """Weeks of days, each with the number of appointments."""
    first = day.replace(day=1)
    begins = first - timedelta(days=first.weekday())
    last = (first + timedelta(days=32)).replace(day=1)
    ends = last + timedelta(days=-last.weekday() % 7)
    counts = counts_by_day(
        site=site,
        from_date=begins,
        until_date=ends,
        user=user,
        practitioner=who.pk if who else None,
        room=room.pk if room else None,
    )
    shut = closures_between(site=site, from_date=begins, until_date=ends)
    days = [begins + timedelta(days=number) for number in range((ends - begins).days)]
    cells = [(one, counts.get(one, 0), shut.get(one, ""), one.month == day.month) for one in days]
    return {"weeks": [cells[start : start + 7] for start in range(0, len(cells), 7)]}


def _fill(user: User, site: Site, first: date, until: date, lane_of: Any) -> None:
    """Put appointments and group sessions into lanes. A seat in a group is shown by its session."""
    period: dict[str, Any] = {"site": site, "from_date": first, "until_date": until, "user": user}
    for visit in visits_between(**period):
        lane = lane_of(visit)
        if lane is not None and visit.status in SHOWN and visit.group_session_id is None:
            lane.add("visit", visit, visit.starts_at, visit.ends_at)
    for session in sessions_between(**period):
        lane = lane_of(session)
        if lane is not None and session.status != "cancelled":
            lane.add("group", session, session.starts_at, session.ends_at)


def _fill_away(user: User, site: Site, first: date, until: date, lane_of: Any) -> None:
    for row in times_away_between(site=site, from_date=first, until_date=until, user=user):
        lane = lane_of(row)
        if lane is not None:
            lane.add("away", row, row.starts_at, row.ends_at)


@requires(Permission.BOOK)
def move_times(request: HttpRequest, pk: int) -> HttpResponse:
    """Free times for an appointment that is being moved, from the day that the page shows."""
    user = staff_user(request)
    visit = visible(Appointment.objects.select_related("site", "type", "patient"), user, pk)
    now = timezone.now()
    site, first = visit.site, day_of(now, visit.site.time_zone)
    day = max(day_or_none(request.GET.get("day")) or first, first)
    who = _chosen(request.GET.get("with"), list(practitioners_at(site=site, type=visit.type)))
    who = who or visit.practitioner
    times = []
    if who is not None and not visit.type.is_group:
        times = free_times(
            site=site,
            type=visit.type,
            from_date=day,
            until_date=day + timedelta(days=DAYS_OFFERED),
            practitioners=[who],
            patient=visit.patient,
            now=now,
            most=MOST_OFFERED,
        )
    return render(
        request,
        "dashboard/parts/move_times.html",
        {"times": times, "site": site, "who": who, "visit": visit},
    )


@requires(Permission.BOOK)
@require_POST
def move_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an appointment to where it was dropped, or to the time chosen by keyboard.

    The action decides, and the message says why it refuses.
    """
    user = staff_user(request)
    visit = visible(Appointment.objects.select_related("site", "type"), user, pk)
    form = MoveToForm(request.POST, site=visit.site)

    def action() -> Appointment:
        if not form.is_valid():
            raise InvalidInput("The appointment cannot be moved to this time. Choose another time.")
        asked = form.cleaned_data
        return move_appointment(
            appointment=visit,
            starts_at=require_supported_date(
                moment_of(asked["day"], asked["clock"], visit.site.time_zone)
            ),
            practitioner=asked["practitioner"],
            room=asked["room"] or UNCHANGED,
            now=timezone.now(),
            by=user,
        )

    return action_button(
        request,
        action,
        done="Appointment moved. Reminders use the new time.",
        back=_back(request, visit),
    )


def _back(request: HttpRequest, visit: Appointment) -> str:
    """The calendar from which the appointment was moved, with the same filters."""
    kept = {
        name: request.POST[f"shown-{name}"]
        for name in ("view", "day", "with", "room", "by")
        if request.POST.get(f"shown-{name}")
    }
    return f"{reverse('dashboard:calendar')}?{urlencode({'site': visit.site.code, **kept})}"
