"""Free times of practitioners: hours without closures, time away and held time.

A few queries, then arithmetic. A practitioner for whom no hours are recorded can be booked at any
time, and is offered between OPENS and CLOSES of every day, so that a small clinic can start before
it has entered hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import islice

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import BigIntegerField, Func, Q, QuerySet

from access.authz.roles import SEEING_PATIENTS
from access.models import Site, User
from appointments.enums import HOLDING, VisitMode
from appointments.errors import OutsideHours, PractitionerAway, SiteClosed
from appointments.intervals import (
    Interval,
    local_interval,
    merged,
    moment,
    seconds,
    starts_within,
    without,
)
from appointments.models import (
    Appointment,
    AppointmentType,
    Closure,
    ExtraHours,
    HeldTime,
    Room,
    TimeAway,
    WorkingHours,
)
from common.errors import Conflict, InvalidInput
from common.time_zones import day_bounds, day_of
from patients.models import Patient

#: Where no hours are recorded, times are offered between these; STEP is between two starts.
OPENS, CLOSES, STEP = time(7), time(18), timedelta(minutes=15)
#: Limits of one search: days covered and times returned.
LONGEST_SEARCH, MOST_TIMES = timedelta(days=184), 500
FIRST_READ = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A start and end that can be booked with `practitioner` (an id)."""

    starts_at: datetime
    ends_at: datetime
    practitioner: int


def practitioners_at(*, site: Site, type: AppointmentType | None = None) -> QuerySet[User]:
    """Return staff of `site` with whom a visit, or one of this type, can be booked, by name."""
    roles = set(SEEING_PATIENTS)
    if type is not None and type.roles:
        roles &= set(type.roles)
    return (
        User.objects.filter(
            is_active=True,
            role_assignments__site=site,
            role_assignments__role__in=roles,
        )
        .distinct()
        .order_by("name", "id")
    )


@dataclass
class BusyTimes:
    """Hours and busy times of some practitioners at a site, all in seconds (intervals.py)."""

    site: Site
    window: Interval
    hours: dict[int, list[Interval]]
    #: Practitioners with no hours anywhere: their `hours` only limit what is offered.
    unrecorded: frozenset[int]
    closed: list[Interval]
    away: dict[int, list[Interval]] = field(default_factory=dict)
    held: dict[int, list[Interval]] = field(default_factory=dict)

    def open_to(self, practitioner: int) -> list[Interval]:
        """Return when this practitioner works: hours without closures and time away."""
        shut = merged([*self.closed, *self.away.get(practitioner, ())])
        return without(merged(self.hours.get(practitioner, ())), shut)

    def free_of(self, practitioner: int, also: list[Interval]) -> list[Interval]:
        """Return the whole window without this practitioner's held time and `also`."""
        return without([self.window], merged([*self.held.get(practitioner, ()), *also]))


def load_busy_times(
    *,
    site: Site,
    practitioners: Sequence[int],
    from_date: date,
    until_date: date,
    ignoring: Sequence[int] = (),
    sessions: Sequence[int] = (),
) -> BusyTimes:
    """Load hours, closures, time away and held time, in five queries for any number of people.

    The time held by the visits `ignoring` and the group `sessions` (ids) is left out, because they
    are about to move.
    """
    begins, ends = (
        day_bounds(from_date, site.time_zone)[0],
        day_bounds(until_date, site.time_zone)[0],
    )
    # The buffer after the last visit of a day may lie on the next day.
    window = (seconds(begins), seconds(ends) + 86_400)
    hours, unrecorded = _hours(site, practitioners, from_date, until_date)
    return BusyTimes(
        site=site,
        window=window,
        hours=hours,
        unrecorded=unrecorded,
        closed=[
            (
                seconds(day_bounds(first, site.time_zone)[0]),
                seconds(day_bounds(last, site.time_zone)[0]),
            )
            for first, last in Closure.objects.filter(
                site=site, from_date__lt=until_date, until_date__gt=from_date
            ).values_list("from_date", "until_date")
        ],
        away=_by_person(
            (who, seconds(first), seconds(last))
            for who, first, last in TimeAway.objects.filter(
                practitioner__in=practitioners, starts_at__lt=ends, ends_at__gt=begins
            ).values_list("practitioner_id", "starts_at", "ends_at")
        ),
        held=_by_person(
            held_time(
                Q(practitioner__in=practitioners),
                "practitioner_id",
                window,
                ignoring=ignoring,
                sessions=sessions,
            )
        ),
    )


def free_times(
    *,
    site: Site,
    type: AppointmentType,
    from_date: date,
    until_date: date,
    now: datetime,
    practitioners: Sequence[User] | None = None,
    patient: Patient | None = None,
    room: Room | None = None,
    mode: VisitMode | None = None,
    most: int = MOST_TIMES,
) -> list[FreeTime]:
    """Return the first `most` times in [from_date, until_date) for a visit of `type`.

    With any of `practitioners` (None: all who give such visits); `patient` and `room` must be free,
    too. Ordered by time, then by the order of the practitioners. Raises InvalidInput for a range
    that is empty or too long.
    """
    if not from_date < until_date <= from_date + LONGEST_SEARCH:
        raise InvalidInput(
            f"Choose a period of one to {LONGEST_SEARCH.days} days.", field="until_date"
        )
    if mode is not None and mode not in type.modes:
        return []
    allowed = practitioners_at(site=site, type=type)
    if practitioners is not None:
        allowed = allowed.filter(pk__in=[who.pk for who in practitioners])
    people = list(allowed.values_list("pk", flat=True))
    # Only the first times are needed: the first weeks are read alone, and most often they suffice.
    near = min(until_date, from_date + FIRST_READ)
    found: list[FreeTime] = []
    for first, last in ((from_date, near), (near, until_date)):
        if first < last and len(found) < most:
            read = load_busy_times(
                site=site, practitioners=people, from_date=first, until_date=last
            )
            also = _of_patient_and_room(patient, room, read.window)
            found += islice(_in_order(read, people, type, also, now), most - len(found))
    return found


def _in_order(
    read: BusyTimes,
    people: Sequence[int],
    type: AppointmentType,
    also: list[Interval],
    now: datetime,
) -> Iterator[FreeTime]:
    """Yield the free times of all practitioners lazily, by time, then in the given order."""
    length, kept_free, step = type.minutes * 60, type.buffer_minutes * 60, int(STEP.total_seconds())
    past = (0, seconds(now) + 1)
    # In hours that have begun, the first start is a round time and not, say, 10:07.
    soon = -(-past[1] // step) * step

    def of(number: int, who: int) -> Iterator[tuple[int, int, int]]:
        left, free = without(read.open_to(who), [past]), read.free_of(who, also)
        hours = [(soon if opens == past[1] else opens, closes) for opens, closes in left]
        for start in starts_within(free, hours, length=length, kept_free=kept_free, step=step):
            yield start, number, who

    for start, _, who in merge(*(of(number, who) for number, who in enumerate(people))):
        yield FreeTime(moment(start), moment(start + length), who)


def refuse_unavailable(
    *, site: Site, practitioner: User, starts_at: datetime, ends_at: datetime
) -> None:
    """Raise SiteClosed, PractitionerAway or OutsideHours.

    Overlaps with held time are refused by the database itself.
    """
    day = day_of(starts_at, site.time_zone)
    found = load_busy_times(
        site=site,
        practitioners=[practitioner.pk],
        from_date=day,
        until_date=day_of(ends_at, site.time_zone) + timedelta(days=1),
    )
    problem = why_not_open(found, practitioner.pk, (seconds(starts_at), seconds(ends_at)))
    if problem is not None:
        raise problem


def why_not_open(found: BusyTimes, practitioner: int, visit: Interval) -> Conflict | None:
    """Return the error if hours, closures or time away forbid a visit; None if they allow it."""
    if touches(found.closed, visit):
        return SiteClosed(field="starts_at")
    if touches(found.away.get(practitioner, ()), visit):
        return PractitionerAway(field="starts_at")
    if practitioner in found.unrecorded:
        return None
    hours = merged(found.hours.get(practitioner, ()))
    if not any(begin <= visit[0] and visit[1] <= end for begin, end in hours):
        return OutsideHours(field="starts_at")
    return None


def touches(taken: Iterable[Interval], visit: Interval) -> bool:
    return any(begin < visit[1] and visit[0] < end for begin, end in taken)


def _hours(
    site: Site, practitioners: Sequence[int], from_date: date, until_date: date
) -> tuple[dict[int, list[Interval]], frozenset[int]]:
    """Return hours at `site` on those days by person, and the people with no hours at any site."""
    days = [from_date + timedelta(days=n) for n in range((until_date - from_date).days)]
    hours = list(WorkingHours.objects.filter(practitioner__in=practitioners))
    unrecorded = frozenset(practitioners) - {one.practitioner_id for one in hours}
    pieces: list[tuple[int, date, time, time]] = [
        *(piece for one in hours if one.site_id == site.pk for piece in _weekly(one, days)),
        *ExtraHours.objects.filter(
            practitioner__in=practitioners,
            site=site,
            on_date__gte=from_date,
            on_date__lt=until_date,
        ).values_list("practitioner_id", "on_date", "starts_time", "ends_time"),
        *((who, day, OPENS, CLOSES) for who in unrecorded for day in days),
    ]
    # Many practitioners have the same hours, so each clock time of a day is converted only once.
    known: dict[tuple[date, time, time], Interval | None] = {}
    found: dict[int, list[Interval]] = defaultdict(list)
    for who, day, starts, ends in pieces:
        key = (day, starts, ends)
        if key not in known:
            known[key] = local_interval(*key, site.time_zone)
        interval = known[key]
        if interval is not None:
            found[who].append(interval)
    return found, unrecorded


def _weekly(hours: WorkingHours, days: Sequence[date]) -> Iterator[tuple[int, date, time, time]]:
    if not days:
        return
    for day in days[(hours.weekday - days[0].weekday()) % 7 :: 7]:
        if hours.from_date <= day and (hours.until_date is None or day < hours.until_date):
            yield hours.practitioner_id, day, hours.starts_time, hours.ends_time


def held_time(
    condition: Q,
    whose: str,
    window: Interval,
    *,
    ignoring: Sequence[int] = (),
    sessions: Sequence[int] = (),
) -> Iterator[tuple[int, int, int]]:
    """Yield (owner id, start, end) of held time in the window.

    The database converts the times to numbers: loading 40,000 rows of datetimes would take most of
    a search.
    """
    rows = HeldTime.objects.filter(
        condition, period__overlap=(moment(window[0]), moment(window[1]))
    )
    if ignoring:
        rows = rows.exclude(appointment__isnull=False, appointment__in=ignoring)
    if sessions:
        rows = rows.exclude(group_session__isnull=False, group_session__in=sessions)
    gathered = rows.values_list(whose).annotate(
        begins=ArrayAgg(_epoch("LOWER")), ends=ArrayAgg(_epoch("UPPER"))
    )
    for who, begins, ends in gathered.order_by():
        for begin, end in zip(begins, ends, strict=True):
            yield who, begin, end


def _epoch(end: str) -> Func:
    return Func(
        "period",
        template=f"EXTRACT(EPOCH FROM {end}(%(expressions)s))::bigint",
        output_field=BigIntegerField(),
    )


def _by_person(rows: Iterable[tuple[int, int, int]]) -> dict[int, list[Interval]]:
    found: dict[int, list[Interval]] = defaultdict(list)
    for who, begin, end in rows:
        found[who].append((begin, end))
    return found


def _of_patient_and_room(
    patient: Patient | None, room: Room | None, window: Interval
) -> list[Interval]:
    """Return the time held by the patient (without buffers) and by the room."""
    found: list[Interval] = []
    if patient is not None:
        found += patient_held(patient, window)
    if room is not None:
        found += [(begin, end) for _, begin, end in held_time(Q(room=room), "room_id", window)]
    return found


def patient_held(
    patient: Patient, window: Interval, *, ignoring: Sequence[int] = ()
) -> list[Interval]:
    """Return the times of the patient's own visits and groups, without buffers."""
    visits = (
        Appointment.objects.filter(
            patient=patient,
            status__in=HOLDING,
            starts_at__lt=moment(window[1]),
            ends_at__gt=moment(window[0]),
        )
        .exclude(pk__in=ignoring)
        .values_list("starts_at", "ends_at")
    )
    return [(seconds(begin), seconds(end)) for begin, end in visits]
