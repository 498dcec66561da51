"""What people type, tidied."""

from common.errors import InvalidInput


def required_words(value: str, field: str) -> str:
    """`value` with single spaces and none around. Raises InvalidInput at `field` if nothing is left."""
    words = " ".join(value.split())
    if not words:
        raise InvalidInput("This cannot be empty.", field=field)
    return words
