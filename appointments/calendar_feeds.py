"""Calendar feeds of practitioners: times, with "Appointment", "Group" or "Busy" only.

A feed is read without a session by anyone who has its address, so it says nothing of patients,
visit types or rooms, and no patient's row is loaded for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from access.models import User
from appointments.device_keys import digest_of
from appointments.enums import HOLDING, GroupStatus
from appointments.models import (
    Appointment,
    CalendarFeed,
    GroupSession,
    TimeAway,
    WaitlistOffer,
)
from common.errors import NotFound

BACK, AHEAD = timedelta(days=30), timedelta(days=180)


#: The time of the last read is saved at most this often.
NOTED_EVERY = timedelta(hours=1)


def read_feed(*, secret: str, now: datetime) -> bytes:
    """Return the calendar of a secret as iCalendar (RFC 5545).

    Raises NotFound if the secret is unknown or revoked, or if its user is not active.
    """
    feed = (
        CalendarFeed.objects.filter(digest=digest_of(secret), revoked_at__isnull=True)
        .select_related("user")
        .first()
    )
    if feed is None or not feed.user.is_active:
        raise NotFound
    if feed.last_used_at is None or now - feed.last_used_at > NOTED_EVERY:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=now)
    return calendar_of(feed.user, now=now)


def calendar_of(user: User, *, now: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Mainstay//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Work")
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"value": "DURATION"})
    for kind, pk, starts_at, ends_at, version in _times(user, now - BACK, now + AHEAD):
        event = Event()
        event.add("uid", f"{kind.lower()}-{pk}@mainstay")
        event.add("summary", kind if kind in SAID else "Busy")
        event.add("dtstart", starts_at)
        event.add("dtend", ends_at)
        event.add("dtstamp", now)
        event.add("sequence", version)
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


SAID = ("Appointment", "Group")


def _times(
    user: User, since: datetime, until: datetime
) -> Iterator[tuple[str, Any, Any, Any, int]]:
    near = {"starts_at__lt": until, "ends_at__gt": since}
    when = ("pk", "starts_at", "ends_at")
    visits = Appointment.objects.filter(
        practitioner=user, status__in=HOLDING, group_session__isnull=True, **near
    )
    for pk, begin, end, version in visits.values_list(*when, "version").order_by("pk"):
        yield "Appointment", pk, begin, end, version
    groups = GroupSession.objects.filter(practitioner=user, **near).exclude(
        status=GroupStatus.CANCELLED
    )
    for pk, begin, end, version in groups.values_list(*when, "version").order_by("pk"):
        yield "Group", pk, begin, end, version
    away = TimeAway.objects.filter(practitioner=user, **near)
    for pk, begin, end in away.values_list(*when).order_by("pk"):
        yield "Away", pk, begin, end, 0
    offers = WaitlistOffer.objects.open().filter(practitioner=user, **near)
    for pk, begin, end in offers.values_list(*when).order_by("pk"):
        yield "Offer", pk, begin, end, 0
