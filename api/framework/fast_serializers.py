"""Fast output serializer for long lists: how each field is written is determined only once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

Row = TypeVar("Row", bound=Model)
Column = tuple[str, Callable[[Any], Any], Callable[[Any], Any] | None]

#: Fields whose values are output as they come from the database.
AS_IT_IS = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.IntegerField,
    serializers.JSONField,
)


class LeanOutput(serializers.ModelSerializer[Row]):
    """Model serializer for output only, with the framework's output in less than half the time.

    A test compares the two.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = {}
        for name, read, write in self._columns:
            value = read(instance)
            shown[name] = value if value is None or write is None else write(value)
        return shown

    @cached_property
    def _columns(self) -> list[Column]:
        return [_column(name, field) for name, field in self.fields.items()]


def _column(name: str, field: Any) -> Column:
    """Return the name, a function that reads the value, and one that converts it (or None)."""
    if "." in field.source or isinstance(field, serializers.BaseSerializer):
        return name, field.get_attribute, field.to_representation
    if isinstance(field, serializers.PrimaryKeyRelatedField):
        return name, attrgetter(f"{field.source}_id"), None
    write = None if isinstance(field, AS_IT_IS) else field.to_representation
    return name, attrgetter(field.source), write
