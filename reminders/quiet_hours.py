"""Plan reminders: insert those that are due. Running it every minute inserts nothing twice."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reminders.due_events import DueEvent
from reminders.models import MessagePreferences
from reminders.models.message_preferences import EARLIEST as QUIET_UNTIL
from reminders.models.message_preferences import LATEST as QUIET_FROM


def waking_hour(
    moment: datetime, zone: str, begins: time = QUIET_UNTIL, ends: time = QUIET_FROM
) -> datetime:
    """Return `moment`, or the next start of the hours in which messages may come, in `zone`."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.time() < begins:
        return _at(local.date(), begins, zone)
    if local.time() >= ends:
        return _at(local.date() + timedelta(days=1), begins, zone)
    return moment


def _at(day: date, clock: time, zone: str) -> datetime:
    """Return the local wall-clock time on that day, whatever the clock change in the night."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))


def hours_of(wishes: MessagePreferences | None, occasion: DueEvent) -> tuple[str, time, time]:
    """Return the time zone and the hours in which messages may come."""
    if wishes is None:
        return occasion.site.time_zone, QUIET_UNTIL, QUIET_FROM
    zone = wishes.time_zone or occasion.site.time_zone
    return zone, wishes.from_time, wishes.until_time
