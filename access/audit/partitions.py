"""Monthly partitions of the audit trail, created in advance and archived whole."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection

#: Months created in advance. The job runs daily, but it may be stopped for a long time.
AHEAD = 12
PREFIX = "access_auditentry_"


def create_partitions_ahead(*, now: datetime) -> int:
    """Create the missing partitions of this month and the next AHEAD; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT keep_trail_months(%s, %s)",
            [now.astimezone(UTC).date().replace(day=1), AHEAD],
        )
        (made,) = cursor.fetchone()
    return int(made)


def months() -> list[date]:
    """First days of the months that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'access_auditentry'::regclass"
        )
        names = [name for (name,) in cursor.fetchall()]
    found = (re.fullmatch(PREFIX + r"(\d{4})_(\d{2})", name) for name in names)
    return sorted(date(int(one[1]), int(one[2]), 1) for one in found if one)


def table_of(month: date) -> str:
    """Name of the partition of that month."""
    return f"{PREFIX}{month:%Y_%m}"


def months_past_retention(*, now: datetime) -> list[date]:
    """Months that ended more than AUDIT_RETENTION_YEARS ago and may be archived in files."""
    today = now.astimezone(UTC).date()
    kept_from = today.replace(year=today.year - settings.AUDIT_RETENTION_YEARS, day=1)
    return [month for month in months() if next_month(month) <= kept_from]


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
