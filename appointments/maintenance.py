"""Minutely job: mark no-shows, expire waitlist offers, lapse entries, offer freed slots.

Running it twice, or after an hour's gap, gives the same result: each step asks the tables what is
due. Every change has an audit entry in the name of a service account.
"""

from __future__ import annotations

from datetime import datetime

from access.actions.accounts import service_account
from appointments.no_shows import mark_no_shows
from appointments.waitlist_maintenance import expire_offers, lapse_entries, offer_freed_times

ACCOUNT = "calendar"


def run_calendar_maintenance(*, now: datetime) -> dict[str, int]:
    """Run all steps once; returns how many rows each of them changed."""
    by = service_account(ACCOUNT, now=now)
    return {
        "no-shows": mark_no_shows(now=now, by=by),
        "offers expired": expire_offers(now=now, by=by),
        "places lapsed": lapse_entries(now=now, by=by),
        "times offered": offer_freed_times(now=now, by=by),
    }
