"""Days belong to the clinic's time zone; moments are aware."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.errors import InvalidInput

#: Days that the clinic's records may hold. Far enough from the ends of the calendar that the day
#: before, the day after and every zone's midnight still exist.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of `moment` in the clinic's zone (an IANA name)."""
    return moment.astimezone(ZoneInfo(zone)).date()


def refuse_future_date(day: date | None, *, zone: str, now: datetime, field: str) -> None:
    """What is recorded has happened: not on a day that lies ahead. None: no day was said."""
    if day is not None and day > day_of(now, zone):
        raise InvalidInput(
            "This day has not come yet.", remedy="Check the day and the year.", field=field
        )


def moment_of(day: date, clock: time, zone: str) -> datetime:
    """`clock` on `day` in the clinic's zone, aware."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Half-open [midnight, next midnight) of a clinic day; 23 or 25 hours when clocks change."""
    return moment_of(day, time.min, zone), moment_of(day + timedelta(days=1), time.min, zone)


def is_supported_date(day: date) -> bool:
    """Whether one can reckon with `day`: midnights, days beside it, other zones."""
    return EARLIEST <= day <= LATEST
