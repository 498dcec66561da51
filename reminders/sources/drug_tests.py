"""Sources of planned and random drug tests, until they are taken or called off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from common.time_zones import moment_of
from reminders.due_events import DueEvent
from reminders.enums import SkipReason, Step, Subject
from reminders.sources.base import NOON, VERSION, ZONES_APART, not_planned
from treatments.models import PlannedTest


@dataclass(frozen=True)
class ComingDrugTests:
    """Drug tests that are due.

    Random tests are a subject of their own, for which only the step on the day itself is offered.
    """

    kind: Subject
    is_random: bool

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        days = ((after - ZONES_APART).date(), (until + ZONES_APART).date())
        rows = self._waited_for().filter(due_date__range=days)
        found = map(_expected, not_planned(rows, self.kind, step).order_by("due_date", "pk"))
        return (one for one in found if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        row = self._waited_for().filter(pk=subject_id).select_related("site").first()
        return _expected(row) if row else SkipReason.SETTLED

    def _waited_for(self) -> QuerySet[PlannedTest]:
        return PlannedTest.objects.waited_for().filter(is_random=self.is_random)


def not_taken(first: date, last: date) -> QuerySet[PlannedTest]:
    """Return tests planned for these days that were neither taken nor called off."""
    return PlannedTest.objects.waited_for().filter(due_date__range=(first, last))


def _expected(row: PlannedTest) -> DueEvent:
    at = moment_of(row.due_date, NOON, row.site.time_zone)
    return DueEvent(row.pk, VERSION, row.patient_id, row.site, at, row.recorded_at)


PLANNED_TESTS = ComingDrugTests(Subject.PLANNED_TEST, is_random=False)
RANDOM_TESTS = ComingDrugTests(Subject.RANDOM_TEST, is_random=True)
