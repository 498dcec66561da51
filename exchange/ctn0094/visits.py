"""Study visits as appointments: kept, or missed with the reason, without a practitioner."""

from collections import Counter
from datetime import datetime, time, timedelta

from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from common.time_zones import moment_of
from exchange.ctn0094 import rules
from exchange.ctn0094.participants import Visit
from exchange.ctn0094.run import Entry, Load

#: The data have days, not hours: the visits of a day follow one another from nine o'clock.
FIRST = time(9)


def add_visits(load: Load, entry: Entry) -> None:
    on_day: Counter[int] = Counter()
    for visit in entry.participant.visits:
        starts_at = _starts_at(load, visit, number=on_day[visit.day])
        on_day[visit.day] += 1
        _note(load, visit)
        load.batch.add_leaf(
            Appointment,
            patient_id=entry.patient_id,
            site_id=entry.site_id,
            type_id=load.visit_type.pk,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=load.visit_type.minutes),
            held_since=load.now,
            status=AppointmentStatus.COMPLETED if visit.is_kept else AppointmentStatus.NO_SHOW,
            miss_reason="" if visit.is_kept else rules.miss_reason(list(visit.flags)),
            note=_words(visit),
            recorded_at=load.now,
        )


def _starts_at(load: Load, visit: Visit, *, number: int) -> datetime:
    first = moment_of(load.date_of(visit.day), FIRST, rules.ZONE)
    return first + timedelta(minutes=number * load.visit_type.minutes)


def _note(load: Load, visit: Visit) -> None:
    if visit.is_placed:
        load.noted["missed visit without a day: placed on the protocol's day of its week"] += 1
    if visit.is_kept and visit.flags:
        load.noted["kept visit that also has reasons for missing: kept, reasons in its note"] += 1
    if not visit.is_kept and len(visit.flags) > 1:
        load.noted["missed visit with several reasons: the first by rank, all in its note"] += 1


def _words(visit: Visit) -> str:
    parts = [visit.name, *(rules.FLAG_WORDS[flag] for flag in visit.flags)]
    if visit.is_placed:
        parts.append("day by protocol")
    return "; ".join(parts)
