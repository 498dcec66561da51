"""Dates and times in the clinic's time zone. Datetimes are always aware."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.errors import InvalidInput

#: First and last date that records may have. Far enough from the limits of the calendar that the
#: day before, the day after and midnight in every time zone still exist.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of `moment` in the time zone `zone` (an IANA name)."""
    return moment.astimezone(ZoneInfo(zone)).date()


def refuse_future_date(day: date | None, *, zone: str, now: datetime, field: str) -> None:
    """Raise InvalidInput if `day` is in the future; None is accepted."""
    if day is not None and day > day_of(now, zone):
        raise InvalidInput(
            "This date is in the future.", remedy="Check the date and the year.", field=field
        )


def moment_of(day: date, clock: time, zone: str) -> datetime:
    """The aware datetime of `clock` on `day` in the time zone `zone`."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Start and end of a clinic day, end not included; 23 or 25 hours when clocks change."""
    return moment_of(day, time.min, zone), moment_of(day + timedelta(days=1), time.min, zone)


def is_supported_date(day: date) -> bool:
    """Whether `day` is a date that records may have (EARLIEST to LATEST)."""
    return EARLIEST <= day <= LATEST
