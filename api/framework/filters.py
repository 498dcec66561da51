"""Filters of lists: only what identifies nobody, and only where an index answers.

An address lands in logs and histories, so names, numbers and birth dates are searched for by a
POST with the words in its body.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.constants import EMPTY_VALUES
from django_filters.fields import IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ErrorDetail, ValidationError

from api.framework.fields import EARLIEST, LATEST
from api.framework.pagination import LARGEST_ID

FROM, BEFORE = "_from", "_before"
#: A year of rows, leap day included: what an index can give without reading half the table.
LONGEST_RANGE = timedelta(days=366)


class _IdForm(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "min_value": 1, "max_value": LARGEST_ID})


@extend_schema_field(OpenApiTypes.INT64)
class IdFilter(filters.Filter):  # type: ignore[misc]
    """Rows that belong to the record of this id; none for an id that is not the caller's to see."""

    field_class = _IdForm


class ChoiceFilter(filters.ChoiceFilter):  # type: ignore[misc]
    """One of a list of words."""


class YesOrNoFilter(filters.BooleanFilter):  # type: ignore[misc]
    """`true` or `false`."""


class DayFilter(filters.DateFilter):  # type: ignore[misc]
    """A calendar day, YYYY-MM-DD."""


class _MomentForm(IsoDateTimeField):  # type: ignore[misc]
    """In UTC from here on: Python takes offsets of up to a day, the database none beyond sixteen hours."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        if moment is None:
            return None
        if not EARLIEST <= moment.year <= LATEST:
            raise forms.ValidationError(f"The year lies between {EARLIEST} and {LATEST}.", "range")
        return moment.astimezone(UTC)


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]
    """ISO 8601; the plus sign of an offset is written %2B in an address."""

    field_class = _MomentForm


class Filters(filters.FilterSet):  # type: ignore[misc]
    """Ranges are half-open: `_from` is in, `_before` is out.

    `companions` names filters that have no index of their own: each is refused unless one of
    those beside it is given, which narrows the rows first. A range narrows when it has both
    ends, at most LONGEST_RANGE apart; the beginning stands for it in `companions`.
    """

    companions: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = {
            name: value
            for name, value in self.form.cleaned_data.items()
            if value not in EMPTY_VALUES
        }
        for name in sorted(set(given) & set(self.companions)):
            if not any(_narrows(companion, given) for companion in self.companions[name]):
                words = f"Give as well {' or '.join(map(_in_words, self.companions[name]))}."
                raise ValidationError({name: [ErrorDetail(words, code="needs_companion")]})
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found


def _narrows(companion: str, given: Mapping[str, Any]) -> bool:
    """Whether `companion` leaves few rows; the whole of time would satisfy a rule and narrow nothing."""
    if not companion.endswith(FROM):
        return companion in given
    begins, ends = given.get(companion), given.get(_end_of(companion))
    return begins is not None and ends is not None and ends - begins <= LONGEST_RANGE


def _end_of(beginning: str) -> str:
    return beginning.removesuffix(FROM) + BEFORE


def _in_words(companion: str) -> str:
    if not companion.endswith(FROM):
        return companion
    return f"{companion} and {_end_of(companion)}, at most {LONGEST_RANGE.days} days apart"


class DeclaredFilters(filters.DjangoFilterBackend):  # type: ignore[misc]
    """The view's `filterset_class`, for its list."""
