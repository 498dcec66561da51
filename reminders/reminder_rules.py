"""Which reminders there are: the shipped steps of each subject, and what the clinic changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reminders.enums import LEAD_TIMES, Channel, Step, Subject
from reminders.models import ReminderRule

BOTH = frozenset({str(Channel.SMS), str(Channel.EMAIL)})
#: Shipped. Visits: two reminders beat one (4.4 % missed against 5.5 %, n = 54,066); injections: 7, 3
#: and 1 days before the window closes (docs/clinical.md); after a miss one message within a day.
SHIPPED: Mapping[str, tuple[Step, ...]] = {
    Subject.APPOINTMENT: (Step.THREE_DAYS, Step.ONE_DAY),
    Subject.MISSED_VISIT: (Step.AFTERWARDS,),
    Subject.MISSED_DOSE: (Step.AFTERWARDS,),
    Subject.INJECTION: (Step.SEVEN_DAYS, Step.THREE_DAYS, Step.ONE_DAY),
    Subject.TAKE_HOME_END: (Step.ONE_DAY,),
    Subject.CALL_BACK: (Step.AT_ONCE, Step.ONE_DAY, Step.TWO_HOURS),
    Subject.PLANNED_TEST: (Step.ONE_DAY,),
    Subject.RANDOM_TEST: (Step.THE_DAY,),
    Subject.NALOXONE: (Step.THIRTY_DAYS,),
    Subject.PLAN_REVIEW: (Step.SEVEN_DAYS,),
    Subject.CONSENT_END: (Step.SEVEN_DAYS,),
    Subject.ORDER_END: (Step.SEVEN_DAYS,),
}
#: Which steps a clinic can choose from.
BEFORE = (Step.SEVEN_DAYS, Step.THREE_DAYS, Step.ONE_DAY, Step.TWO_HOURS)
OFFERED: Mapping[str, tuple[Step, ...]] = {
    Subject.APPOINTMENT: BEFORE,
    Subject.MISSED_VISIT: (Step.AFTERWARDS,),
    Subject.MISSED_DOSE: (Step.AFTERWARDS,),
    Subject.INJECTION: BEFORE[:-1],
    Subject.TAKE_HOME_END: (Step.ONE_DAY,),
    Subject.CALL_BACK: (Step.AT_ONCE, Step.ONE_DAY, Step.TWO_HOURS),
    Subject.PLANNED_TEST: (Step.THREE_DAYS, Step.ONE_DAY, Step.THE_DAY),
    # Whoever knows of it the day before, is not tested at random.
    Subject.RANDOM_TEST: (Step.THE_DAY,),
    Subject.NALOXONE: (Step.THIRTY_DAYS, Step.SEVEN_DAYS),
    Subject.PLAN_REVIEW: BEFORE[:-1],
    Subject.CONSENT_END: BEFORE[:-1],
    Subject.ORDER_END: BEFORE[:-1],
}
#: Nothing is planned or sent closer to the moment than this: it would come too late to help.
LAST_USEFUL = timedelta(hours=2)
#: What has a day and no hour counts as noon: on the day itself a message helps until three.
LAST_USEFUL_OF = {
    Step.TWO_HOURS: timedelta(minutes=30),
    Step.THE_DAY: timedelta(hours=-3),
}
#: So long after a miss a message still helps.
AFTERWARDS_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Window:
    """A step covers moments from `after` to `until` from now, half-open at `after`."""

    step: Step
    after: timedelta
    until: timedelta
    channels: frozenset[str]


@dataclass(frozen=True)
class Rules:
    """All rules, read once. `types` are the kinds of visit with rules of their own."""

    rows: Mapping[tuple[str, int | None], Mapping[str, ReminderRule]] = field(default_factory=dict)

    @property
    def types(self) -> frozenset[int]:
        return frozenset(type_id for _, type_id in self.rows if type_id is not None)

    def channels_of(self, kind: str, step: str, type_id: int | None = None) -> frozenset[str]:
        """How a step is sent; empty if it is not."""
        for key in ((kind, type_id), (kind, None)):
            row = self.rows.get(key, {}).get(step)
            if row is not None:
                return row.channels if row.is_active else frozenset()
        return BOTH if step in SHIPPED[kind] else frozenset()

    def windows(self, kind: str, type_id: int | None = None) -> list[Window]:
        """Each step covers the time between its own lead and the next step's.

        So what comes up late gets one message, not all the earlier ones at once.
        """
        chosen = [step for step in OFFERED[kind] if self.channels_of(kind, step, type_id)]
        chosen.sort(key=lambda step: LEAD_TIMES[step], reverse=True)
        found = []
        for step, following in zip(chosen, [*chosen[1:], None], strict=True):
            least, most = last_useful(step), LEAD_TIMES[step]
            if following is not None:
                least = LEAD_TIMES[following]
            channels = self.channels_of(kind, step, type_id)
            found.append(Window(step, least, most, channels))
        return found


def rules() -> Rules:
    """One query."""
    found: dict[tuple[str, int | None], dict[str, ReminderRule]] = {}
    for row in ReminderRule.objects.all():
        found.setdefault((row.subject_kind, row.appointment_type_id), {})[row.step] = row
    return Rules(found)


def last_useful(step: str) -> timedelta:
    """How long before the moment a message still helps; after a miss, how long after (negative)."""
    if step == Step.AFTERWARDS:
        return -AFTERWARDS_FOR
    return LAST_USEFUL_OF.get(Step(step), LAST_USEFUL)


def is_too_late(at: datetime, step: str, moment: datetime) -> bool:
    """Whether a message about `at` that goes out at `moment` would not help any more."""
    return at - moment < last_useful(step)


def groups(types: Iterable[int]) -> list[int | None]:
    """Kinds of visit with rules of their own, then all others together."""
    return [*sorted(types), None]
