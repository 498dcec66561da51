"""Reminder rules: the shipped steps of each subject, and what the clinic changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reminders.enums import LEAD_TIMES, Channel, Step
from reminders.models import ReminderRule
from reminders.subjects import SUBJECTS

BOTH = frozenset({str(Channel.SMS), str(Channel.EMAIL)})


@dataclass(frozen=True)
class Window:
    """The moments that a step covers: from `after` (exclusive) to `until`, counted from now."""

    step: Step
    after: timedelta
    until: timedelta
    channels: frozenset[str]


@dataclass(frozen=True)
class Rules:
    """All rules, read once. `types` are the visit types with rules of their own."""

    rows: Mapping[tuple[str, int | None], Mapping[str, ReminderRule]] = field(default_factory=dict)

    @property
    def types(self) -> frozenset[int]:
        return frozenset(type_id for _, type_id in self.rows if type_id is not None)

    def channels_of(self, kind: str, step: str, type_id: int | None = None) -> frozenset[str]:
        """Return the channels of a step; empty if it is not sent."""
        for key in ((kind, type_id), (kind, None)):
            row = self.rows.get(key, {}).get(step)
            if row is not None:
                return row.channels if row.is_active else frozenset()
        return BOTH if step in SUBJECTS[kind].default_steps else frozenset()

    def windows(self, kind: str, type_id: int | None = None) -> list[Window]:
        """Return a window for each step: from its own lead time to the next step's.

        So an event that comes up late gets one message, not all the earlier ones at once.
        """
        chosen = [
            step for step in SUBJECTS[kind].offered_steps if self.channels_of(kind, step, type_id)
        ]
        chosen.sort(key=lambda step: LEAD_TIMES[step], reverse=True)
        found = []
        for step, following in zip(chosen, [*chosen[1:], None], strict=True):
            least, most = SUBJECTS[kind].last_useful(step), LEAD_TIMES[step]
            if following is not None:
                least = LEAD_TIMES[following]
            channels = self.channels_of(kind, step, type_id)
            found.append(Window(step, least, most, channels))
        return found


def rules() -> Rules:
    """Read all rules in one query."""
    found: dict[tuple[str, int | None], dict[str, ReminderRule]] = {}
    for row in ReminderRule.objects.all():
        found.setdefault((row.subject_kind, row.appointment_type_id), {})[row.step] = row
    return Rules(found)


def is_too_late(kind: str, at: datetime, step: str, moment: datetime) -> bool:
    """Whether a message about `at` that goes out at `moment` would not help any more."""
    return at - moment < SUBJECTS[kind].last_useful(step)


def groups(types: Iterable[int]) -> list[int | None]:
    """Return the visit types with rules of their own, then None for all others together."""
    return [*sorted(types), None]
