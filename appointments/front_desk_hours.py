"""Hours in which staff can telephone; only then is a slot offered to the waitlist.

They are the hours of all practitioners at the site that day, without closures and time away. Where
no hours are recorded they are OPENS to CLOSES of every day on which the site is not closed.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import Q

from access.models import Site
from appointments.availability import load_busy_times, practitioners_at
from appointments.intervals import Interval, local_interval, merged, seconds, without
from appointments.models import WorkingHours
from common.time_zones import day_of

OPENS, CLOSES = time(8), time(18)


def desk_hours(*, site: Site, now: datetime) -> list[Interval]:
    """Return today's hours by the site's clock, merged, in seconds (intervals.py)."""
    day = day_of(now, site.time_zone)
    people = list(practitioners_at(site=site).values_list("pk", flat=True))
    read = load_busy_times(
        site=site, practitioners=people, from_date=day, until_date=day + timedelta(days=1)
    )
    in_force = WorkingHours.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gt=day),
        site=site,
        practitioner__in=people,
        from_date__lte=day,
    )
    if in_force.exists():
        return merged(
            piece for who in people if who not in read.unrecorded for piece in read.open_to(who)
        )
    usual = local_interval(day, OPENS, CLOSES, site.time_zone)
    return without([usual] if usual else [], merged(read.closed))


def covers(hours: list[Interval], begins: datetime, ends: datetime) -> bool:
    """Whether the hours cover the time between two moments without a break."""
    return any(first <= seconds(begins) and seconds(ends) <= last for first, last in hours)
