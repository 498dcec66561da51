"""What the calendar does by itself each minute: no-shows by rule, offers that end, freed times that go on.

Run twice, or not for an hour, it does the same: each step asks the tables what is due. Every change
has its row in the trail, in the name of a service account.
"""

from __future__ import annotations

from datetime import datetime

from access.actions.accounts import service_account
from appointments.no_shows import mark_no_shows
from appointments.waitlist_maintenance import expire_offers, lapse_entries, offer_freed_times

ACCOUNT = "calendar"


def run_calendar_maintenance(*, now: datetime) -> dict[str, int]:
    """One minute's work; how much of each was done."""
    by = service_account(ACCOUNT, now=now)
    return {
        "no-shows": mark_no_shows(now=now, by=by),
        "offers expired": expire_offers(now=now, by=by),
        "places lapsed": lapse_entries(now=now, by=by),
        "times offered": offer_freed_times(now=now, by=by),
    }
