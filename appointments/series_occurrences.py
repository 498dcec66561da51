"""Patterns and rows of series, for those of a patient and those of a group."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from access.models import Site, User
from appointments.booking_checks import refuse_practitioner, refuse_room
from appointments.enums import SeriesReach, VisitMode
from appointments.errors import SeriesConflicts
from appointments.locking import Unchanged
from appointments.models import AppointmentSeries, AppointmentType, Room
from appointments.recurrence import ending
from appointments.series_preview import Occurrence, Pattern
from patients.models import Patient


def pattern_of(
    site: Site,
    type: AppointmentType,
    practitioner: User,
    room: Room | None,
    patient: Patient | None,
    starts_time: time,
) -> Pattern:
    return Pattern(
        site=site,
        type=type,
        practitioner=practitioner,
        room=room,
        patient=patient,
        starts_time=starts_time,
        minutes=type.minutes,
        buffer_minutes=type.buffer_minutes,
    )


def refuse_conflicts(days: list[Occurrence]) -> None:
    """Raise SeriesConflicts if any of the days has a problem."""
    conflicts = [(f"{one.day:%-d %b %Y}", one.why.rstrip(".")) for one in days if one.problem]
    if conflicts:
        raise SeriesConflicts(conflicts)


def begin(
    pattern: Pattern, mode: VisitMode, rule: str, start_date: date, now: datetime
) -> AppointmentSeries:
    """Create the row of a new series."""
    return AppointmentSeries.objects.create(
        patient=pattern.patient,
        site=pattern.site,
        type=pattern.type,
        practitioner=pattern.practitioner,
        room=pattern.room,
        mode=mode,
        rule=rule.strip().upper().removeprefix("RRULE:"),
        start_date=start_date,
        starts_time=pattern.starts_time,
        minutes=pattern.minutes,
        recorded_at=now,
    )


def place(series: AppointmentSeries, day: Occurrence) -> dict[str, Any]:
    """Return the fields that a visit and a session of a series have in common."""
    return {
        "series": series,
        "series_date": day.day,
        "site": series.site,
        "type": series.type,
        "practitioner": series.practitioner,
        "room": series.room,
        "mode": series.mode,
        "starts_at": day.starts_at,
        "ends_at": day.ends_at,
        "buffer_minutes": series.type.buffer_minutes,
    }


def changed(
    series: AppointmentSeries,
    starts_time: time | None,
    practitioner: User | None,
    room: Room | Unchanged | None,
) -> Pattern:
    """Return the pattern of a series with the given values changed."""
    where = series.room if isinstance(room, Unchanged) else room
    refuse_room(where, series.site)
    who = practitioner or series.practitioner
    refuse_practitioner(who, series.site, series.type)
    pattern = pattern_of(
        series.site, series.type, who, where, series.patient, starts_time or series.starts_time
    )
    return replace(pattern, minutes=series.minutes)


def continue_series(
    old: AppointmentSeries,
    pattern: Pattern,
    rule: str,
    days: Collection[date],
    days_later: int,
    reach: SeriesReach,
    now: datetime,
) -> AppointmentSeries:
    """Return the series from now on: the old row changed, or a new one for what follows.

    `days` are the new days of the visits that move, each `days_later` than before.
    """
    if reach == SeriesReach.FOLLOWING:
        old.ends_before = min(days) - timedelta(days=days_later)
        old.save(update_fields=["ends_before"])
        return begin(pattern, VisitMode(old.mode), ending(rule, max(days)), min(days), now)
    old.rule, old.starts_time = rule, pattern.starts_time
    old.practitioner, old.room = pattern.practitioner, pattern.room
    old.save(update_fields=["rule", "starts_time", "practitioner", "room"])
    return old
