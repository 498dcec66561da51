"""Free time of the demonstration clinic's practitioners: quarter hours from nine to five."""

from collections.abc import Sequence
from datetime import date, datetime, time
from random import Random

from common.time_zones import moment_of

FIRST_HOUR = 9
QUARTER = 15
QUARTERS = 32
TRIES = 4


class Diary:
    """Who is booked when. Holds one 32-bit number per practitioner and day."""

    def __init__(self, *, random: Random, zone: str) -> None:
        self._random = random
        self._zone = zone
        self._taken: dict[tuple[int, date], int] = {}

    def book(
        self, *, practitioners: Sequence[int], day: date, minutes: int
    ) -> tuple[int, datetime, datetime] | None:
        """Book the first practitioner with a free time on `day`; None if nobody has one."""
        width = -(-minutes // QUARTER)
        for practitioner in practitioners:
            start = self._free(taken=self._taken.get((practitioner, day), 0), width=width)
            if start is None:
                continue
            key = (practitioner, day)
            self._taken[key] = self._taken.get(key, 0) | (((1 << width) - 1) << start)
            return practitioner, self._moment(day, start), self._moment(day, start + width)
        return None

    def _free(self, *, taken: int, width: int) -> int | None:
        span = (1 << width) - 1
        last = QUARTERS - width
        wishes = [self._random.randrange(last + 1) for _ in range(TRIES)]
        return next(
            (start for start in (*wishes, *range(last + 1)) if not taken >> start & span), None
        )

    def _moment(self, day: date, quarter: int) -> datetime:
        hour, part = divmod(quarter, 60 // QUARTER)
        return moment_of(day, time(FIRST_HOUR + hour, part * QUARTER), self._zone)
