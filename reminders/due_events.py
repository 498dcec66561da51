"""Types that sources and follow-up finders return: due events and new follow-ups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from access.models import Site
from reminders.enums import FollowUpReason, SkipReason, Step


@dataclass(frozen=True)
class DueEvent:
    """Something that a patient gets a message about.

    `at` is the moment that steps count from; `version` rises when it changes. `since` is when it
    came up: patients who left care after that get no message.
    """

    subject_id: int
    version: int
    patient_id: int
    site: Site
    at: datetime
    since: datetime


class Source(Protocol):
    """Finds the rows in which something falls due."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        """Return the events with a moment in (after, until] that have no reminder of `step` yet.

        Covers one visit type, or all types except `other_types`. Runs a constant number of queries,
        whose cost depends on the number of rows in the window.
        """
        ...

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        """Return the event as it is now, or why no message is needed any more."""
        ...


@dataclass(frozen=True)
class NewFollowUp:
    """One task for a staff member."""

    reason: FollowUpReason
    subject_id: int
    patient_id: int
    site_id: int
    due_date: date
    version: int = 1
    #: When it happened; set where one call covers several misses (`_called_once`).
    happened_at: datetime | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        return self.reason, self.subject_id, self.version

    def is_later_than(self, other: NewFollowUp) -> bool:
        if self.happened_at is None or other.happened_at is None:
            return False
        return self.happened_at > other.happened_at
