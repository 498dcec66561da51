"""Checks and normal forms of names, birth dates, phone numbers and e-mail addresses."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from common.errors import InvalidInput
from common.text_input import required_words
from common.time_zones import day_of

#: Fields of a patient that registering and editing take.
PERSON_FIELDS = (
    "given_name",
    "family_name",
    "preferred_name",
    "birth_date",
    "birth_date_is_estimated",
    "sex",
    "gender_identity",
    "pronouns",
    "language",
)
PHONE_CHARACTERS = set("+0123456789 ()-.")


def person_values(person: Mapping[str, Any], *, now: datetime, zone: str) -> dict[str, Any]:
    """Return the cleaned PERSON_FIELDS of `person`. Raises InvalidInput with the field."""
    values = {name: person[name] for name in PERSON_FIELDS if name in person}
    for name in ("given_name", "family_name"):
        values[name] = required_words(values.get(name, ""), name)
    born = values["birth_date"]
    if not date(1900, 1, 1) <= born <= day_of(now, zone):
        raise InvalidInput("The birth date must be between 1900 and today.", field="birth_date")
    return values


def phone_number(value: str, field: str = "value") -> str:
    """Return seven to fifteen digits with an optional + (E.164). Raises InvalidInput."""
    digits = "".join(character for character in value if character.isdigit())
    if set(value) - PHONE_CHARACTERS or not 7 <= len(digits) <= 15:
        raise InvalidInput(
            "This does not look like a phone number.",
            remedy="Enter 10 digits, or + and the country code for a number abroad.",
            field=field,
        )
    return f"+{digits}" if value.strip().startswith("+") else digits


def reach_key(value: str) -> str:
    """Normal form of a contact: a lower-case e-mail address, or the digits of a phone number.

    A number of the United States and Canada is the same with and without its +1.
    """
    if "@" in value:
        return value.strip().lower()
    digits = "".join(character for character in value if character.isdigit())
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def identifier_key(value: str) -> str:
    """Normal form of another system's number; case is kept, as it may distinguish two persons."""
    return " ".join(value.split())


def email_address(value: str) -> str:
    """Return a valid e-mail address. Raises InvalidInput."""
    address = value.strip()
    try:
        validate_email(address)
    except ValidationError as problem:
        raise InvalidInput("This does not look like an e-mail address.", field="value") from problem
    return address
