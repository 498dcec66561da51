"""Queries of the calendar for the dashboard and the API."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Prefetch, Q
from django.db.models.functions import TruncDate

from access.actor import Actor
from access.authz.policy import sites_with_permission
from access.enums import Permission
from access.models import Site
from appointments.enums import HOLDING, AppointmentStatus
from appointments.models import (
    Appointment,
    Closure,
    GroupSession,
    TimeAway,
    WaitlistEntry,
    WaitlistOffer,
    WorkingHours,
)
from common.time_zones import day_bounds


def day_schedule(*, site: Site, day: date, user: Actor) -> list[Appointment]:
    """List the appointments of a clinic day at `site`, in order; one query."""
    return visits_between(site=site, from_date=day, until_date=day + timedelta(days=1), user=user)


def visits_between(
    *, site: Site, from_date: date, until_date: date, user: Actor
) -> list[Appointment]:
    """List the appointments of the clinic days [from_date, until_date) at `site`; one query."""
    begins, ends = (
        day_bounds(from_date, site.time_zone)[0],
        day_bounds(until_date, site.time_zone)[0],
    )
    return list(
        Appointment.objects.visible_to(user)
        .filter(site=site, starts_at__gte=begins, starts_at__lt=ends)
        .select_related("patient", "type", "practitioner", "room", "site")
        .order_by("starts_at", "id")
    )


def sessions_between(
    *, site: Site, from_date: date, until_date: date, user: Actor
) -> list[GroupSession]:
    """List the group sessions on those clinic days, in order; one query."""
    begins, ends = (
        day_bounds(from_date, site.time_zone)[0],
        day_bounds(until_date, site.time_zone)[0],
    )
    return list(
        GroupSession.objects.visible_to(user)
        .filter(site=site, starts_at__gte=begins, starts_at__lt=ends)
        .select_related("type", "practitioner", "room", "site")
        .order_by("starts_at", "id")
    )


def times_away_between(
    *, site: Site, from_date: date, until_date: date, user: Actor
) -> list[TimeAway]:
    """List the times away of staff of `site`; empty for a user who may not see its schedule."""
    begins, ends = (
        day_bounds(from_date, site.time_zone)[0],
        day_bounds(until_date, site.time_zone)[0],
    )
    if site.pk not in sites_with_permission(user, Permission.SEE_SCHEDULE):
        return []
    return list(
        TimeAway.objects.filter(
            practitioner__role_assignments__site=site, starts_at__lt=ends, ends_at__gt=begins
        )
        .distinct()
        .select_related("practitioner")
        .order_by("starts_at", "id")
    )


def closures_between(*, site: Site, from_date: date, until_date: date) -> dict[date, str]:
    """Return the days of [from_date, until_date) on which `site` is closed, with their names."""
    found = {}
    for closure in Closure.objects.filter(
        site=site, from_date__lt=until_date, until_date__gt=from_date
    ).order_by("-from_date"):
        for number in range((closure.until_date - closure.from_date).days):
            found[closure.from_date + timedelta(days=number)] = closure.name
    return found


def open_days(*, site: Site, from_date: date, until_date: date) -> list[date]:
    """List the days of [from_date, until_date) on which `site` is open.

    Open means: no closure, and where working hours are recorded, a weekday with some.
    """
    shut = closures_between(site=site, from_date=from_date, until_date=until_date)
    hours = WorkingHours.objects.filter(site=site, from_date__lt=until_date)
    worked = set(
        hours.filter(Q(until_date__isnull=True) | Q(until_date__gt=from_date)).values_list(
            "weekday", flat=True
        )
    )
    days = ((from_date + timedelta(days=number)) for number in range((until_date - from_date).days))
    return [day for day in days if day not in shut and (not worked or day.weekday() in worked)]


def counts_by_day(
    *,
    site: Site,
    from_date: date,
    until_date: date,
    user: Actor,
    practitioner: int | None = None,
    room: int | None = None,
) -> dict[date, int]:
    """Count the visits held on each clinic day; only numbers, so no patient's record is read."""
    begins, ends = (
        day_bounds(from_date, site.time_zone)[0],
        day_bounds(until_date, site.time_zone)[0],
    )
    rows = Appointment.objects.visible_to(user).filter(
        site=site, starts_at__gte=begins, starts_at__lt=ends, status__in=HOLDING
    )
    if practitioner is not None:
        rows = rows.filter(practitioner=practitioner)
    if room is not None:
        rows = rows.filter(room=room)
    held_on = TruncDate("starts_at", tzinfo=ZoneInfo(site.time_zone))
    counted = rows.annotate(held_on=held_on).values_list("held_on").annotate(Count("pk"))
    return dict(counted.order_by("held_on"))


def waiting_room(*, site: Site, day: date, user: Actor) -> list[Appointment]:
    """List the patients who arrived on `day` and were not called yet, longest wait first."""
    begins, ends = day_bounds(day, site.time_zone)
    return list(
        Appointment.objects.visible_to(user)
        .filter(
            site=site,
            status=AppointmentStatus.ARRIVED,
            starts_at__gte=begins,
            starts_at__lt=ends,
        )
        .select_related("patient", "type", "practitioner", "room", "site")
        .order_by("arrived_at", "starts_at", "id")
    )


def waitlist_of(*, site: Site, user: Actor) -> list[WaitlistEntry]:
    """List the patients who wait at `site`, in turn, each with the open offer if there is one."""
    offers = WaitlistOffer.objects.open().select_related("practitioner", "site", "room")
    return list(
        WaitlistEntry.objects.visible_to(user)
        .waiting()
        .filter(site=site)
        .select_related("patient", "type", "practitioner", "site")
        .prefetch_related(Prefetch("offers", offers, to_attr="open_offers"))
        .by_turn()
    )
