"""What people type, tidied."""

import re

from common.errors import InvalidInput

TITLES = frozenset({"dr", "mr", "mrs", "ms", "mx", "prof"})


def required_words(value: str, field: str) -> str:
    """`value` with single spaces and none around. Raises InvalidInput at `field` if nothing is left."""
    words = " ".join(value.split())
    if not words:
        raise InvalidInput("This cannot be empty.", field=field)
    return words


def plain_name(name: str) -> str:
    """A person's name as two papers may spell it: without titles, dots, capitals."""
    words = re.sub(r"[^\w\s-]", " ", name.casefold()).split()
    return " ".join(word for word in words if word not in TITLES)
