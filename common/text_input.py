"""Cleaning of text that users type."""

import re

from common.errors import InvalidInput

TITLES = frozenset({"dr", "mr", "mrs", "ms", "mx", "prof"})


def required_words(value: str, field: str) -> str:
    """Return `value` with single spaces. Raises InvalidInput at `field` if it is empty."""
    words = " ".join(value.split())
    if not words:
        raise InvalidInput("This cannot be empty.", field=field)
    return words


def plain_name(name: str) -> str:
    """Normalize a person's name for comparison: no titles, periods or capitals."""
    words = re.sub(r"[^\w\s-]", " ", name.casefold()).split()
    return " ".join(word for word in words if word not in TITLES)
