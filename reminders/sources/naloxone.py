"""Source of naloxone kits that expire, until another is given or declined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from common.time_zones import moment_of
from dispensary.models.naloxone import NaloxoneOffer
from reminders.due_events import DueEvent
from reminders.enums import SkipReason, Step, Subject
from reminders.sources.base import NOON, VERSION, ZONES_APART, not_planned


class ExpiringKits:
    """The last kit that each patient was given, if it expires."""

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
        rows = NaloxoneOffer.objects.latest_given().filter(expires_date__range=days)
        found = _expiring(not_planned(rows, Subject.NALOXONE, step).order_by("expires_date", "pk"))
        return (one for one in found if after < one.at <= until)

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        rows = NaloxoneOffer.objects.latest_given().filter(pk=subject_id).select_related("site")
        return next(_expiring(rows), SkipReason.SETTLED)


def _expiring(rows: Iterable[NaloxoneOffer]) -> Iterator[DueEvent]:
    for row in rows:
        if row.expires_date is not None:
            at = moment_of(row.expires_date, NOON, row.site.time_zone)
            yield DueEvent(row.pk, VERSION, row.patient_id, row.site, at, row.recorded_at)


EXPIRING_KITS = ExpiringKits()
