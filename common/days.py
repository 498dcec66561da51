"""Days belong to the clinic's time zone; moments are aware."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.errors import InvalidInput


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of `moment` in the clinic's zone (an IANA name)."""
    return moment.astimezone(ZoneInfo(zone)).date()


def refuse_day_to_come(day: date | None, *, zone: str, now: datetime, field: str) -> None:
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
