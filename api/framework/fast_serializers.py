"""A lean way out for the rows of long lists: read once how each field is written, then only write."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Model
from rest_framework import serializers

Row = TypeVar("Row", bound=Model)
Column = tuple[str, Callable[[Any], Any], Callable[[Any], Any] | None]

#: Their values go out as they come from the database.
AS_IT_IS = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.IntegerField,
    serializers.JSONField,
)


class LeanOutput(serializers.ModelSerializer[Row]):
    """Says what the framework's own serializer says (a test compares them) in less than half the time."""

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
    """(name, how to read it from a row, how to write a value that is there)."""
    if "." in field.source or isinstance(field, serializers.BaseSerializer):
        return name, field.get_attribute, field.to_representation
    if isinstance(field, serializers.PrimaryKeyRelatedField):
        return name, attrgetter(f"{field.source}_id"), None
    write = None if isinstance(field, AS_IT_IS) else field.to_representation
    return name, attrgetter(field.source), write
