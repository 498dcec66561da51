"""What series consist of, those of a patient and those of a group alike: their pattern, and their rows."""

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
    conflicts = [(f"{one.day}", one.why.rstrip(".")) for one in days if one.problem]
    if conflicts:
        raise SeriesConflicts(conflicts)


def begin(
    pattern: Pattern, mode: VisitMode, rule: str, start_date: date, now: datetime
) -> AppointmentSeries:
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
    """What a visit and a session of a series have alike."""
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
    where = series.room if isinstance(room, Unchanged) else room
    refuse_room(where, series.site)
    who = practitioner or series.practitioner
    refuse_practitioner(who, series.site, series.type)
    pattern = pattern_of(
        series.site, series.type, who, where, series.patient, starts_time or series.starts_time
    )
    return replace(pattern, minutes=series.minutes)


def resume_post(
    old: AppointmentSeries,
    pattern: Pattern,
    rule: str,
    days: Collection[date],
    days_later: int,
    reach: SeriesReach,
    now: datetime,
) -> AppointmentSeries:
    """The series as it is from now on: the old row changed, or a new one for what follows.

    `days` are those that move, where they come to stand: `days_later` than they were.
    """
    if reach == SeriesReach.FOLLOWING:
        old.ends_before = min(days) - timedelta(days=days_later)
        old.save(update_fields=["ends_before"])
        return begin(pattern, VisitMode(old.mode), ending(rule, max(days)), min(days), now)
    old.rule, old.starts_time = rule, pattern.starts_time
    old.practitioner, old.room = pattern.practitioner, pattern.room
    old.save(update_fields=["rule", "starts_time", "practitioner", "room"])
    return old
