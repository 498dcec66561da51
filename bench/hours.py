"""Set the sites' time zone so that it is day there, whenever the bench runs."""

from __future__ import annotations

from datetime import UTC, datetime

from bench.clinics import Clinic

NOON, NIGHT = 12, 0
KEPT = "CREATE TABLE IF NOT EXISTS bench_zones AS SELECT id, time_zone FROM access_site"
RESTORED = """
    UPDATE access_site SET time_zone = kept.time_zone
    FROM bench_zones kept WHERE kept.id = access_site.id
"""


def zone_where_it_is(hour: int, now: datetime) -> str:
    """A time zone of whole hours whose clocks show `hour` o'clock at `now`."""
    ahead = (hour - now.astimezone(UTC).hour + 11) % 24 - 11
    # These names count westwards: Etc/GMT+5 is five hours behind.
    return f"Etc/GMT{-ahead:+d}"


def set_to(clinic: Clinic, hour: int) -> None:
    """Move every site to where it is `hour` o'clock now; `set_back` undoes it."""
    clinic.sql(KEPT)
    clinic.sql(f"UPDATE access_site SET time_zone = '{zone_where_it_is(hour, datetime.now(UTC))}'")


def set_back(clinic: Clinic) -> None:
    """Every site where it was."""
    clinic.sql(RESTORED)
    clinic.sql("DROP TABLE bench_zones")
