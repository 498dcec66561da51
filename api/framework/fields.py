"""Fields of request bodies, with limits.

Values that the database would refuse are refused here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.db.models import Model, QuerySet, TextChoices
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from access.models import User
from common.errors import NotFound

Scope: TypeAlias = Callable[[User], QuerySet[Any]]

EARLIEST, LATEST = 1900, 2199  # years
LONGEST_TEXT = 5000


class Input(serializers.Serializer[Any]):
    """The body of a request. Unknown fields are refused, so that a misspelled name is noticed."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(str(name) for name in set(data) - set(self.fields))
            if unknown:
                words = ErrorDetail("There is no field with this name.", code="unknown_field")
                raise ValidationError({name: [words] for name in unknown})
        return super().to_internal_value(data)


class NoInput(Input):
    """Body of an action that needs nothing but its URL."""


class DayField(serializers.DateField):
    """A calendar day of the clinic, YYYY-MM-DD."""

    default_error_messages = {"range": f"The year must be between {EARLIEST} and {LATEST}."}

    def to_internal_value(self, value: Any) -> date:
        day: date = super().to_internal_value(value)
        if not EARLIEST <= day.year <= LATEST:
            self.fail("range")
        return day


class MomentField(serializers.DateTimeField):
    """ISO 8601 with an offset from UTC: a clinic may have sites in two zones."""

    default_error_messages = {
        "range": f"The year must be between {EARLIEST} and {LATEST}.",
        "offset": "Add the offset from UTC, as in 2026-03-03T10:00:00-05:00.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if not EARLIEST <= value.year <= LATEST:
            self.fail("range")
        if timezone.is_naive(value):
            self.fail("offset")
        return super().enforce_timezone(value)


@extend_schema_field(
    {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"}
)
class ClockField(serializers.TimeField):
    """A time by the site's clock, HH:MM, without an offset.

    It stays the same when clocks change.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", **options)


class RowField(serializers.IntegerField):
    """The id of a row that the caller may see; becomes the row.

    The error is the same for "no such row" and "not visible to you" (42 CFR 2.13(c)).
    """

    default_error_messages = {"not_found": NotFound.message}

    def __init__(self, scope: Scope, **options: Any) -> None:
        self.scope = scope
        options.setdefault("help_text", "Id of a row that the caller may see.")
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        pk = super().to_internal_value(data)
        row: Model | None = self.scope(self.context["request"].user).filter(pk=pk).first()
        if row is None:
            self.fail("not_found")
        return row


class WordField(serializers.ChoiceField):
    """One of a list of choices; becomes the member of the enum."""

    def __init__(self, words: type[TextChoices], **options: Any) -> None:
        self.words = words
        super().__init__(choices=words.choices, **options)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        return self.words(value) if value != "" else ""


def words_field(words: type[TextChoices], **options: Any) -> serializers.ListField:
    """Several of a list of choices."""
    return serializers.ListField(child=WordField(words), max_length=len(words), **options)


def text_of(model: type[Model], name: str, **options: Any) -> serializers.CharField:
    """Text, as long as the column allows."""
    length = getattr(model._meta.get_field(name), "max_length", None)
    return serializers.CharField(max_length=length or LONGEST_TEXT, **options)


def optional_text_of(model: type[Model], name: str) -> serializers.CharField:
    return text_of(model, name, required=False, allow_blank=True)


def milligrams() -> serializers.DecimalField:
    """Milligrams of the named product, as a string with up to two decimals."""
    return serializers.DecimalField(max_digits=7, decimal_places=2, min_value=Decimal("0.01"))
