"""Appointments of synthetic episodes: kept, missed, canceled, today's, and those to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from appointments.enums import AppointmentStatus, CancelledBy, MissReason
from appointments.models import Appointment
from exchange.demo.doses import INJECTION_INTERVAL, SATURDAY, Regimen
from exchange.demo.people import draw
from exchange.demo.practitioner_calendar import Diary
from exchange.demo.records import Chart
from exchange.demo.treatment_course import Stay

DAYS_AHEAD = 28
TODAY_SHARE = 0.08
WEEKLY_WEEKS = 12
DAYS_BETWEEN_MEDICAL = 30
DAYS_BETWEEN_MANAGEMENT = 60
INJECTED = {Regimen.XR_BUPRENORPHINE, Regimen.XR_NALTREXONE}
HAPPENED = {
    AppointmentStatus.COMPLETED: 80,
    AppointmentStatus.NO_SHOW: 12,
    AppointmentStatus.CANCELLED: 8,
}
HAPPENED_TODAY = {
    AppointmentStatus.COMPLETED: 55,
    AppointmentStatus.ARRIVED: 30,
    AppointmentStatus.NO_SHOW: 15,
}
TO_COME = {AppointmentStatus.BOOKED: 60, AppointmentStatus.CONFIRMED: 40}
MISSED = {
    MissReason.UNKNOWN: 50,
    MissReason.FORGOT: 15,
    MissReason.UNABLE: 15,
    MissReason.ILLNESS: 10,
    MissReason.IN_HOSPITAL: 3,
    MissReason.OTHER: 7,
}
CANCELLATIONS = (
    (CancelledBy.PATIENT, "Work shift changed"),
    (CancelledBy.PATIENT, "Child ill"),
    (CancelledBy.PATIENT, "No transport"),
    (CancelledBy.CLINIC, "Practitioner ill"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """An appointment that the plan asks for, before a time is found."""

    day: date
    kind: str
    practitioners: Sequence[int]


def add_visits(*, chart: Chart, diary: Diary, stay: Stay, taken_days: set[date]) -> None:
    """Book what the plan asks for, one appointment a day at most; `taken_days` grows with it."""
    for wish in _wishes(chart=chart, stay=stay):
        if wish.day in taken_days:
            continue
        kind = chart.place.types[wish.kind]
        slot = diary.book(practitioners=wish.practitioners, day=wish.day, minutes=kind.minutes)
        if slot is None:
            continue
        taken_days.add(wish.day)
        practitioner, starts_at, ends_at = slot
        chart.batch.add_leaf(
            Appointment,
            patient_id=chart.patient_id,
            site_id=chart.place.site.pk,
            type_id=kind.pk,
            practitioner_id=practitioner,
            room_id=chart.place.rooms[practitioner].pk,
            starts_at=starts_at,
            ends_at=ends_at,
            held_since=min(starts_at - timedelta(days=14), chart.now),
            recorded_at=min(starts_at - timedelta(days=14), chart.now),
            **_outcome(chart=chart, stay=stay, starts_at=starts_at, day=wish.day),
        )


def _wishes(*, chart: Chart, stay: Stay) -> Iterator[Wish]:
    """Yield all appointments of the episode in the order in which times are looked for."""
    last = stay.end or chart.today + timedelta(days=DAYS_AHEAD)
    if stay.end is None and chart.random.random() < TODAY_SHARE and stay.start < chart.today:
        yield Wish(chart.today, *_today_visit(chart=chart, stay=stay))
    yield Wish(stay.start, "intake", chart.counselors)
    for number, kind, practitioners in _rhythm(
        chart=chart, stay=stay, days=(last - stay.start).days
    ):
        day = _working_day(stay.start + timedelta(days=number))
        if day <= last:
            yield Wish(day, kind, practitioners)


def _rhythm(*, chart: Chart, stay: Stay, days: int) -> Iterator[tuple[int, str, Sequence[int]]]:
    """Yield (days since the start, visit type, practitioners)."""
    if stay.regimen in INJECTED:
        yield from _repeated("injection", chart.nurses, INJECTION_INTERVAL, days)
    if stay.regimen is not Regimen.NONE:
        yield 7, "medical", chart.prescribers
        yield from _repeated("medical", chart.prescribers, DAYS_BETWEEN_MEDICAL, days)
    if stay.has_behavioral_arm:
        for number in range(4, days + 1, 7):
            if number < 7 * WEEKLY_WEEKS or number % 2 == 0:
                yield number, "counselling", chart.counselors
        yield from _repeated("case-management", chart.managers, DAYS_BETWEEN_MANAGEMENT, days)


def _repeated(
    kind: str, practitioners: Sequence[int], interval: int, days: int
) -> Iterator[tuple[int, str, Sequence[int]]]:
    for number in range(interval, days + 1, interval):
        yield number, kind, practitioners


def _today_visit(*, chart: Chart, stay: Stay) -> tuple[str, Sequence[int]]:
    if stay.has_behavioral_arm and chart.random.random() < 0.6:
        return "counselling", chart.counselors
    if stay.regimen is Regimen.NONE:
        return "case-management", chart.managers
    return "medical", chart.prescribers


def _outcome(*, chart: Chart, stay: Stay, starts_at: datetime, day: date) -> dict[str, Any]:
    """Return what happened: drawn at random for the past, open for the future."""
    status = _status(chart=chart, stay=stay, starts_at=starts_at, day=day)
    if status == AppointmentStatus.CANCELLED:
        who, why = chart.random.choice(CANCELLATIONS)
        return {"status": status, "cancelled_by": who, "cancel_reason": why}
    if status == AppointmentStatus.NO_SHOW:
        return {"status": status, "miss_reason": draw(chart.random, MISSED)}
    if status == AppointmentStatus.ARRIVED:
        early = timedelta(minutes=chart.random.randrange(1, 12))
        return {"status": status, "arrived_at": starts_at - early}
    if status in TO_COME:
        return {"status": status, "check_in_code": chart.place.check_in_code()}
    return {"status": status}


def _status(*, chart: Chart, stay: Stay, starts_at: datetime, day: date) -> AppointmentStatus:
    if starts_at > chart.now:
        return draw(chart.random, TO_COME)
    if day == stay.start:
        return AppointmentStatus.COMPLETED
    if day > stay.last_visit:
        return AppointmentStatus.NO_SHOW
    return draw(chart.random, HAPPENED_TODAY if day == chart.today else HAPPENED)


def _working_day(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= SATURDAY else day
