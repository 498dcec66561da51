"""Read cursors, days and search text from requests, so that no typed value breaks a page.

An impossible cursor or day counts as missing: an address may be old, cut short or typed by hand,
and its reader still gets a page.
"""

from __future__ import annotations

from datetime import date, datetime

from common.errors import InvalidInput
from common.time_zones import EARLIEST, LATEST, is_supported_date

LARGEST_ID = 2**63 - 1


MOST_DIGITS = 19


def cursor(text: str | None) -> int | None:
    """The id of the last row that was shown, or None for the first page."""
    if not text or len(text) > MOST_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if 1 <= number <= LARGEST_ID else None


def day_or_none(text: str | None) -> date | None:
    """The day (year-month-day), or None if it is missing, not a day or out of bounds."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if is_supported_date(day) else None


def search_text(text: str | None) -> str:
    """Clean search text. PostgreSQL text holds no zero byte, so none could match."""
    return (text or "").replace("\x00", "").strip()


def require_supported_date(moment: datetime) -> datetime:
    """Return `moment`, or raise InvalidInput at `day` if its year is out of bounds."""
    if not is_supported_date(moment.date()):
        raise InvalidInput(
            f"The year must be between {EARLIEST.year} and {LATEST.year}.", field="day"
        )
    return moment
