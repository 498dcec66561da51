"""Source of call-backs, until the moment by which the patient is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from dispensary.models.call_backs import CallBack
from reminders.due_events import DueEvent
from reminders.enums import LEAD_TIMES, SkipReason, Step, Subject
from reminders.models import Reminder
from reminders.sources.base import VERSION, not_planned

#: A patient called back at short notice gets no second message within these hours.
APART: Mapping[str, timedelta] = {
    Step.ONE_DAY: timedelta(hours=12),
    Step.TWO_HOURS: timedelta(hours=4),
}


class CallBacks:
    """Call-backs neither counted nor called off.

    A message goes out at once, then as the rules say.
    """

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        rows = CallBack.objects.waited_for().filter(due_at__gt=after, due_at__lte=until)
        if step in APART:
            rows = rows.filter(~Exists(_written(since=until - LEAD_TIMES[step] - APART[step])))
        return map(_expected, not_planned(rows, Subject.CALL_BACK, step).order_by("due_at", "pk"))

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        rows = CallBack.objects.waited_for().filter(pk=subject_id)
        row = rows.select_related("site").first()
        return _expected(row) if row else SkipReason.SETTLED


def not_counted_between(after: datetime, until: datetime) -> QuerySet[CallBack]:
    """Return call-backs whose moment has passed without a count.

    Either the patient did not come, or no count was recorded.
    """
    return CallBack.objects.not_counted().filter(due_at__gt=after, due_at__lte=until)


def _written(since: datetime) -> QuerySet[Reminder]:
    """Reminders of an earlier step, due after `since`."""
    return Reminder.objects.filter(
        subject_kind=Subject.CALL_BACK, subject_id=OuterRef("pk"), due_at__gt=since
    )


def _expected(row: CallBack) -> DueEvent:
    return DueEvent(row.pk, VERSION, row.patient_id, row.site, row.due_at, row.asked_at)


CALL_BACKS = CallBacks()
