"""When people can be booked: hours, less closures, time away and what is held. A few reads, then arithmetic.

A practitioner for whom a site has recorded no hours at all can be booked there at any time, and is
offered between OPENS and CLOSES of every day: a small clinic can begin before it has typed in anything.
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

#: Where no hours are recorded, times are offered between these, on this step.
OPENS, CLOSES, STEP = time(7), time(18), timedelta(minutes=15)
#: As far as a search looks at once, and as many times as it gives.
LONGEST_SEARCH, MOST_TIMES = timedelta(days=184), 500
FIRST_READ = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A start that can be booked with `practitioner` (an id), and its end."""

    starts_at: datetime
    ends_at: datetime
    practitioner: int


def practitioners_at(*, site: Site, type: AppointmentType | None = None) -> QuerySet[User]:
    """Staff of `site` with whom a visit can be booked, or one of this type, by name."""
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
    """What was read for some people over some days of a site. Everything in seconds (intervals.py)."""

    site: Site
    window: Interval
    hours: dict[int, list[Interval]]
    #: People who have no hours anywhere yet: theirs in `hours` are only what is offered.
    unrecorded: frozenset[int]
    closed: list[Interval]
    away: dict[int, list[Interval]] = field(default_factory=dict)
    held: dict[int, list[Interval]] = field(default_factory=dict)

    def open_to(self, practitioner: int) -> list[Interval]:
        """When this person can be booked, as far as hours, closures and time away go."""
        shut = merged([*self.closed, *self.away.get(practitioner, ())])
        return without(merged(self.hours.get(practitioner, ())), shut)

    def free_of(self, practitioner: int, also: list[Interval]) -> list[Interval]:
        """The whole window, less what is held of this person and what `also` names."""
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
    """Hours, closures, time away and held time of those people, in five reads however many they are.

    What the visits `ignoring` and the group `sessions` (ids) hold is left out: they are about to move.
    """
    begins, ends = (
        day_bounds(from_date, site.time_zone)[0],
        day_bounds(until_date, site.time_zone)[0],
    )
    # What is kept free after the last visit of a day may lie on the next.
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
    """The first `most` times in [from_date, until_date) at which a visit of `type` can be booked.

    With any of `practitioners` (everybody who gives it, if None); neither `patient` nor `room` may be
    held. In order of time, then as the people were named. Raises InvalidInput for too long a search.
    """
    if not from_date < until_date <= from_date + LONGEST_SEARCH:
        raise InvalidInput(f"A search covers one day to {LONGEST_SEARCH.days}.", field="until_date")
    if mode is not None and mode not in type.modes:
        return []
    allowed = practitioners_at(site=site, type=type)
    if practitioners is not None:
        allowed = allowed.filter(pk__in=[who.pk for who in practitioners])
    people = list(allowed.values_list("pk", flat=True))
    # Who looks weeks ahead wants the first times: the first weeks are read alone, and most often suffice.
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
    """Every time of all of them, as it is asked for: by time, then as the people stand."""
    length, kept_free, step = type.minutes * 60, type.buffer_minutes * 60, int(STEP.total_seconds())
    past = (0, seconds(now) + 1)
    # What is left of hours that have begun starts at a time that people say, not at 10:07.
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
    """Raises SiteClosed, PractitionerAway or OutsideHours. What is held the database itself refuses."""
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
    """What of hours, closures and time away stands against a visit; None where nothing does."""
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
    """Hours at `site` on those days by person, and who has none recorded at any site."""
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
    # Many work by the same clock, and a clock of a day is reckoned once.
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
    """(whose, from, until) of held time in the window.

    The database gathers it into numbers: 40,000 rows of moments would take most of a search.
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
    """What is held of the patient (without any buffer) and of the room."""
    found: list[Interval] = []
    if patient is not None:
        found += patient_held(patient, window)
    if room is not None:
        found += [(begin, end) for _, begin, end in held_time(Q(room=room), "room_id", window)]
    return found


def patient_held(
    patient: Patient, window: Interval, *, ignoring: Sequence[int] = ()
) -> list[Interval]:
    """The patient's own visits and groups, without any buffer."""
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
