"""Filters of lists: only values that identify no patient, and only where an index answers.

URLs are kept in logs and browser histories, so searches by name, number or birth date are a POST
with the search text in its body.
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
#: A year of rows, leap day included: as much as an index gives without reading half the table.
LONGEST_RANGE = timedelta(days=366)


class _IdForm(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "min_value": 1, "max_value": LARGEST_ID})


@extend_schema_field(OpenApiTypes.INT64)
class IdFilter(filters.Filter):  # type: ignore[misc]
    """Rows that belong to the record of this id; none for an id that the caller may not see."""

    field_class = _IdForm


class ChoiceFilter(filters.ChoiceFilter):  # type: ignore[misc]
    """One of a list of values."""


class YesOrNoFilter(filters.BooleanFilter):  # type: ignore[misc]
    """`true` or `false`."""


class DayFilter(filters.DateFilter):  # type: ignore[misc]
    """A calendar day, YYYY-MM-DD."""


class _MomentForm(IsoDateTimeField):  # type: ignore[misc]
    """Convert to UTC.

    Python accepts offsets of up to a day, the database only up to sixteen hours.
    """

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        if moment is None:
            return None
        if not EARLIEST <= moment.year <= LATEST:
            raise forms.ValidationError(
                f"The year must be between {EARLIEST} and {LATEST}.", "range"
            )
        return moment.astimezone(UTC)


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]
    """ISO 8601; the plus sign of an offset is written %2B in a URL."""

    field_class = _MomentForm


class Filters(filters.FilterSet):  # type: ignore[misc]
    """Filters of a list. Ranges are half-open: `_from` is included, `_before` is not.

    `companions` names filters that have no index of their own: each is refused unless one of its
    companions, which narrows the rows first, is given as well. A range narrows the rows if it has
    both ends, at most LONGEST_RANGE apart; `companions` lists only its `_from` name.
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
                words = f"Also give {' or '.join(map(_in_words, self.companions[name]))}."
                raise ValidationError({name: [ErrorDetail(words, code="needs_companion")]})
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found


def _narrows(companion: str, given: Mapping[str, Any]) -> bool:
    """Whether `companion` leaves few rows; a range without limits would leave all of them."""
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
    """Applies the view's `filterset_class` to its list."""
