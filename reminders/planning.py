"""Plan reminders: insert those that are due. Running it every minute inserts nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfoNotFoundError

from django.db import InterfaceError, OperationalError

from patients.enums import ContactKind
from patients.models import ContactPoint
from reminders.due_events import DueEvent, Source
from reminders.enums import LEAD_TIMES, Channel, Subject
from reminders.job_health import PLANNING
from reminders.models import JobRun, MessagePreferences, Reminder
from reminders.models.message_preferences import EARLIEST as QUIET_UNTIL
from reminders.models.message_preferences import LATEST as QUIET_FROM
from reminders.quiet_hours import hours_of, waking_hour
from reminders.reminder_rules import Rules, Window, groups, is_too_late, rules
from reminders.subjects import LAST_USEFUL, SUBJECTS

__all__ = [
    "LAST_USEFUL",
    "QUIET_FROM",
    "QUIET_UNTIL",
    "plan_due_reminders",
    "visits_without_a_way",
    "waking_hour",
]


BATCH = 2000


#: Planning runs every minute; a longer gap than this is an outage.
RUNS_APART = timedelta(minutes=2)


#: Events that lapsed during an outage are inserted for at most this long back.
LONGEST_LOOK_BACK = timedelta(hours=48)


CHANNELS = {ContactKind.PHONE: Channel.SMS, ContactKind.EMAIL: Channel.EMAIL}


NO_TYPES: frozenset[int] = frozenset()


def plan_due_reminders(*, now: datetime) -> int:
    """Insert the reminders whose time has come; returns how many were new.

    Each step covers the time between its own lead and the next step's
    (reminders/reminder_rules.py). A source that fails does not stop the others; its error is raised
    at the end. After an outage the reminders that lapsed meanwhile are inserted, too: the pre-send
    check skips them as too late, and staff see them.
    """
    chosen, written, missed = rules(), 0, _outage(now)
    problems: list[Exception] = []
    for kind in SUBJECTS:
        try:
            written += _plan_all(Subject(kind), chosen, missed, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
    return written


def _outage(now: datetime) -> timedelta:
    """Return how long planning has not succeeded, up to the limit; 0 for one or two runs."""
    last = JobRun.objects.filter(name=PLANNING, finished_at__lt=now - RUNS_APART).first()
    if last is None or last.finished_at is None:
        return timedelta(0)
    return min(now - last.finished_at, LONGEST_LOOK_BACK)


def _plan_all(kind: Subject, chosen: Rules, missed: timedelta, now: datetime) -> int:
    own = chosen.types if kind == Subject.APPOINTMENT else NO_TYPES
    written = 0
    for type_id in groups(own):
        windows = chosen.windows(kind, type_id)
        written += sum(_plan(kind, window, type_id, own, now) for window in windows)
        if missed and windows:
            written += _write_lapsed(kind, windows[-1], type_id, own, missed, now)
    return written


def _write_lapsed(
    kind: Subject,
    last: Window,
    type_id: int | None,
    own: frozenset[int],
    missed: timedelta,
    now: datetime,
) -> int:
    """Insert lapsed reminders of the last step; earlier steps are covered by the next step.

    An event that came up too late for a message gets none.
    """
    lapsed = replace(last, after=last.after - missed, until=last.after)
    occasions = _due(SUBJECTS[kind].lapsed_events, lapsed, type_id, own, now)
    in_time = (one for one in occasions if one.since <= one.at - last.after)
    return sum(_write(kind, lapsed, batch, now) for batch in _batches(in_time))


def visits_without_a_way(*, now: datetime) -> Iterator[DueEvent]:
    """Yield visits whose step has come, if neither it nor a later step can reach the patient.

    No reminder is planned for them: no number or address may be used, or the patient wants none.
    """
    chosen = rules()
    for type_id in groups(chosen.types):
        windows = chosen.windows(Subject.APPOINTMENT, type_id)
        for number, window in enumerate(windows):
            channels = frozenset().union(*(one.channels for one in windows[number:]))
            due = _due(SUBJECTS[Subject.APPOINTMENT].events, window, type_id, chosen.types, now)
            for batch in _batches(due):
                ways = _ways_to({one.patient_id for one in batch})
                for one in batch:
                    if not any(ways.points_of(one.patient_id, channels)):
                        yield one


def _awake(moment: datetime, hours: tuple[str, time, time]) -> datetime:
    """Return the next allowed moment; an unknown time zone must not stop the whole batch.

    The pre-send check fails that row alone, and says why.
    """
    try:
        return waking_hour(moment, *hours)
    except (ZoneInfoNotFoundError, ValueError):
        return moment


def _plan(
    kind: Subject, window: Window, type_id: int | None, own: frozenset[int], now: datetime
) -> int:
    occasions = _due(SUBJECTS[kind].events, window, type_id, own, now)
    return sum(_write(kind, window, batch, now) for batch in _batches(occasions))


def _due(
    source: Source, window: Window, type_id: int | None, own: frozenset[int], now: datetime
) -> Iterable[DueEvent]:
    return source.due(
        after=now + window.after,
        until=now + window.until,
        step=window.step,
        type_id=type_id,
        other_types=own if type_id is None else NO_TYPES,
    )


def _batches(occasions: Iterable[DueEvent]) -> Iterator[list[DueEvent]]:
    left = iter(occasions)
    while batch := list(islice(left, BATCH)):
        yield batch


def _write(kind: Subject, window: Window, occasions: list[DueEvent], now: datetime) -> int:
    ways = _ways_to({one.patient_id for one in occasions})
    reminders = [
        _reminder(kind, window, occasion, channel, point, ways.zone_and_hours(occasion), now)
        for occasion in occasions
        for channel, point in ways.points_of(occasion.patient_id, window.channels)
    ]
    return len(Reminder.objects.bulk_create(reminders, ignore_conflicts=True, batch_size=BATCH))


@dataclass(frozen=True)
class _Ways:
    """Contact points and message preferences of some patients."""

    points: dict[int, list[ContactPoint]] = field(default_factory=dict)
    wishes: dict[int, MessagePreferences] = field(default_factory=dict)

    def points_of(
        self, patient_id: int, channels: frozenset[str]
    ) -> Iterator[tuple[Channel, ContactPoint]]:
        """Yield the newest allowed point of each wanted channel, or the one that was chosen."""
        wishes = self.wishes.get(patient_id)
        newest: dict[Channel, ContactPoint] = {}
        for point in self.points.get(patient_id, []):
            channel = CHANNELS[ContactKind(point.kind)]
            if channel in channels and _is_wished(wishes, channel, point):
                newest[channel] = point
        yield from newest.items()

    def zone_and_hours(self, occasion: DueEvent) -> tuple[str, time, time]:
        return hours_of(self.wishes.get(occasion.patient_id), occasion)


def _is_wished(wishes: MessagePreferences | None, channel: Channel, point: ContactPoint) -> bool:
    if wishes is None:
        return True
    only = wishes.only_point(channel)
    return wishes.wants(channel) and only in (None, point.pk)


def _ways_to(patients: set[int]) -> _Ways:
    """Read contact points and preferences in two queries, for any number of patients.

    Encrypted columns are not read: one row that cannot be decrypted would stop planning for all.
    """
    wishes = MessagePreferences.objects.filter(patient__in=patients).defer("alias")
    ways = _Ways(wishes={one.patient_id: one for one in wishes})
    allowed = ContactPoint.objects.filter(
        patient_id__in=patients, is_active=True, may_send_messages=True
    ).order_by("pk")
    for point in allowed.only("pk", "patient_id", "kind"):
        ways.points.setdefault(point.patient_id, []).append(point)
    return ways


def _reminder(
    kind: Subject,
    window: Window,
    occasion: DueEvent,
    channel: Channel,
    point: ContactPoint,
    hours: tuple[str, time, time],
    now: datetime,
) -> Reminder:
    due = max(now, occasion.at - LEAD_TIMES[window.step])
    if not is_too_late(kind, occasion.at, window.step, now):
        due = _awake(due, hours)
    return Reminder(
        patient_id=occasion.patient_id,
        site_id=occasion.site.pk,
        contact_point=point,
        subject_kind=kind,
        subject_id=occasion.subject_id,
        subject_version=occasion.version,
        step=window.step,
        channel=channel,
        due_at=due,
        recorded_at=now,
    )
