"""The demonstration's calendar: hours, a holiday, a group, a series and a waitlist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from access.enums import Role
from access.models import User
from appointments.enums import AwayReason, ClinicalPriority, Weekday
from appointments.holiday_closures import federal_holidays
from appointments.models import (
    Appointment,
    AppointmentSeries,
    Closure,
    GroupSession,
    TimeAway,
    WaitlistEntry,
    WorkingHours,
)
from common.time_zones import day_of, moment_of
from exchange.demo.clinic import GROUP, LOG_INS, Place
from exchange.demo.naloxone_and_tests import add_planned_tests
from patients.models import Patient

#: The log-in of the nurse works at every site and has no hours recorded, so she can be booked at
#: any time. For the others these are their site's hours.
WEEK = {day: (time(8), time(18)) for day in Weekday}
WEEKEND = {Weekday.SATURDAY: (time(8), time(14)), Weekday.SUNDAY: (time(8), time(14))}
GROUP_DAY, GROUP_CLOCK, GROUP_WEEKS = Weekday.TUESDAY, time(17), 8
SERIES_CLOCK = time(8)
SEATED, WAITING = 6, 5


def add_calendar(*, places: Sequence[Place], now: datetime) -> None:
    """Add the calendar of each site that has none yet."""
    for place in places:
        if GroupSession.objects.filter(site=place.site).exists():
            continue
        today = day_of(now, place.site.time_zone)
        _add_hours(place, today)
        _close(place, today)
        people = _in_care(place)
        if people:
            _add_group(place, people[:SEATED], today, now)
            _add_series(place, people[0], today, now)
            _add_waiting(place, people[SEATED : SEATED + WAITING], today, now)
            add_planned_tests(place=place, people=people, today=today, now=now)
    _away(places[0], now)


def _add_hours(place: Place, today: date) -> None:
    covering = LOG_INS[Role.NURSE][0]
    since = today - timedelta(days=365)
    WorkingHours.objects.bulk_create(
        WorkingHours(
            practitioner=user,
            site=place.site,
            weekday=weekday,
            starts_time=starts,
            ends_time=ends,
            from_date=since,
        )
        for users in place.staff.values()
        for user in users
        if user.email != covering
        for weekday, (starts, ends) in {**WEEK, **WEEKEND}.items()
    )


def _close(place: Place, today: date) -> None:
    """Close the site on federal holidays of this year and next, from three days ahead."""
    for year in (today.year, today.year + 1):
        for day, name in federal_holidays(year).items():
            if day > today + timedelta(days=3):
                Closure.objects.get_or_create(
                    site=place.site,
                    from_date=day,
                    name=name,
                    defaults={"until_date": day + timedelta(days=1)},
                )


def _in_care(place: Place) -> list[Patient]:
    found = Patient.objects.filter(
        Q(episodes__discharge_date__isnull=True), site=place.site, episodes__isnull=False
    )
    return list(found.distinct().order_by("-pk")[: SEATED + WAITING])


def _counselor(place: Place) -> User:
    return place.staff[Role.COUNSELOR][0]


def _add_group(place: Place, people: Sequence[Patient], today: date, now: datetime) -> None:
    """Add a group every Tuesday at five, after the hours of the generated appointments."""
    first = today + timedelta(days=(GROUP_DAY - today.weekday()) % 7 or 7)
    kind = place.types[GROUP]
    series = AppointmentSeries.objects.create(
        site=place.site,
        type=kind,
        practitioner=_counselor(place),
        room=place.group_room,
        rule=f"FREQ=WEEKLY;COUNT={GROUP_WEEKS}",
        start_date=first,
        starts_time=GROUP_CLOCK,
        minutes=kind.minutes,
        recorded_at=now,
    )
    for week in range(GROUP_WEEKS):
        session = _session(place, series, first + timedelta(weeks=week))
        for patient in people:
            _seat(place, session, patient, now)


def _add_series(place: Place, patient: Patient, today: date, now: datetime) -> None:
    """Add counseling every Wednesday at eight, before the hours of the generated appointments."""
    kind, zone = place.types["counselling"], place.site.time_zone
    first = today + timedelta(days=(Weekday.WEDNESDAY - today.weekday()) % 7 or 7)
    series = AppointmentSeries.objects.create(
        patient=patient,
        site=place.site,
        type=kind,
        practitioner=_counselor(place),
        room=place.rooms[_counselor(place).pk],
        rule=f"FREQ=WEEKLY;COUNT={GROUP_WEEKS}",
        start_date=first,
        starts_time=SERIES_CLOCK,
        minutes=kind.minutes,
        recorded_at=now,
    )
    for week in range(GROUP_WEEKS):
        day = first + timedelta(weeks=week)
        starts_at = moment_of(day, SERIES_CLOCK, zone)
        Appointment.objects.create(
            patient=patient,
            site=place.site,
            type=kind,
            practitioner=series.practitioner,
            room=series.room,
            series=series,
            series_date=day,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=kind.minutes),
            check_in_code=place.check_in_code(),
            held_since=now,
            recorded_at=now,
        )


def _session(place: Place, series: AppointmentSeries, day: date) -> GroupSession:
    starts_at = moment_of(day, GROUP_CLOCK, place.site.time_zone)
    return GroupSession.objects.create(
        site=place.site,
        type=series.type,
        practitioner=series.practitioner,
        room=series.room,
        series=series,
        series_date=day,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.minutes),
        capacity=series.type.capacity,
    )


def _seat(place: Place, session: GroupSession, patient: Patient, now: datetime) -> None:
    Appointment.objects.create(
        patient=patient,
        site=place.site,
        type=session.type,
        practitioner=session.practitioner,
        room=session.room,
        group_session=session,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        check_in_code=place.check_in_code(),
        held_since=now,
        recorded_at=now,
    )


def _add_waiting(place: Place, people: Sequence[Patient], today: date, now: datetime) -> None:
    kinds = ("counselling", "medical")
    priorities = (*ClinicalPriority,)
    for number, patient in enumerate(people):
        WaitlistEntry.objects.create(
            patient=patient,
            site=place.site,
            type=place.types[kinds[number % len(kinds)]],
            from_date=today,
            until_date=today + timedelta(days=21),
            priority=priorities[number % len(priorities)],
            recorded_at=now - timedelta(days=number + 1),
        )


def _away(place: Place, now: datetime) -> None:
    """Add a training of the case manager in two weeks as time away."""
    day = day_of(now, place.site.time_zone) + timedelta(days=14)
    who = place.staff[Role.CASE_MANAGER][0]
    if not TimeAway.objects.filter(practitioner=who).exists():
        TimeAway.objects.create(
            practitioner=who,
            starts_at=moment_of(day, time(13), place.site.time_zone),
            ends_at=moment_of(day, time(18), place.site.time_zone),
            reason=AwayReason.TRAINING,
        )
