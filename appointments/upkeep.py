"""What the calendar does by itself each minute: no-shows by rule, offers that end, freed times that go on.

Run twice, or not for an hour, it does the same: each step asks the tables what is due. Every change
has its row in the trail, in the name of a service account.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Func, QuerySet

from access.actions import service_account
from access.audit import record
from access.models import User
from appointments.availability import practitioners_at
from appointments.desk_hours import covers, desk_hours
from appointments.enums import EXPECTED, AppointmentStatus, MissReason, OfferStatus, WaitlistStatus
from appointments.errors import OfferOver, WrongState
from appointments.holding import change, changing, holding
from appointments.intervals import Interval
from appointments.models import Appointment, FreedTime, HeldTime, Room, WaitlistEntry, WaitlistOffer
from appointments.offering import LEAST_NOTICE, answer, keep_for, kept_until, next_in_turn
from common.days import day_bounds, day_of
from common.errors import DomainError
from vault.fields import sealed_fields

ACCOUNT = "calendar"
#: Not read: one row that cannot be unsealed would keep all the others.
SEALED = tuple(field.name for field in sealed_fields(Appointment))
#: A worker that was away for long marks what it missed in several runs.
MOST_AT_ONCE = 500
#: Missed visits older than this are left to people: after an import, say.
LONGEST_BACK = timedelta(days=7)


def keep_calendar(*, now: datetime) -> dict[str, int]:
    """One minute's work; how much of each was done."""
    by = service_account(ACCOUNT, now=now)
    return {
        "no-shows": mark_no_shows(now=now, by=by),
        "offers expired": expire_offers(now=now, by=by),
        "places lapsed": lapse_entries(now=now, by=by),
        "times offered": offer_freed_times(now=now, by=by),
    }


def mark_no_shows(*, now: datetime, by: User) -> int:
    """Expected visits whose kind says that they count as missed by now (docs/clinical.md)."""
    due = (
        Appointment.objects.filter(
            status__in=EXPECTED,
            starts_at__lte=now,
            starts_at__gt=now - LONGEST_BACK,
            type__no_show_after_minutes__isnull=False,
        )
        .annotate(
            missed_at=ExpressionWrapper(
                F("starts_at")
                + Func(
                    F("type__no_show_after_minutes"),
                    function="make_interval",
                    template="%(function)s(mins => %(expressions)s)",
                ),
                output_field=DateTimeField(),
            )
        )
        .filter(missed_at__lte=now)
        .select_related("site", "type")
        .defer(*SEALED)
        .order_by("starts_at", "id")[:MOST_AT_ONCE]
    )
    return sum(_missed(visit, now, by) for visit in due)


def _missed(visit: Appointment, now: datetime, by: User) -> int:
    try:
        with changing(visit):
            change(
                visit,
                EXPECTED,
                keep_version=True,
                status=AppointmentStatus.NO_SHOW,
                miss_reason=MissReason.UNKNOWN,
            )
            record("mark no-show", on=visit, now=now, by=by, detail={"by": "rule"})
    except WrongState:
        return 0  # somebody at the desk was quicker
    return 1


def expire_offers(*, now: datetime, by: User) -> int:
    """Offers that nobody answered: their time is free again."""
    due = WaitlistOffer.objects.open().filter(expires_at__lte=now).select_related("site")
    done = 0
    for offer in due.order_by("expires_at", "id")[:MOST_AT_ONCE]:
        try:
            with holding(patients=[offer.patient_id]):
                answer(offer, OfferStatus.EXPIRED)
                record("let offer expire", on=offer, now=now, by=by)
        except OfferOver:
            continue
        done += 1
    return done


def lapse_entries(*, now: datetime, by: User) -> int:
    """Places whose last day is over. A day's difference between zones is nobody's harm."""
    over = WaitlistEntry.objects.waiting().filter(until_date__lte=now.date() - timedelta(days=1))
    done = 0
    for entry in over.select_related("site").order_by("id")[:MOST_AT_ONCE]:
        with holding(patients=[entry.patient_id]):
            WaitlistEntry.objects.filter(pk=entry.pk, status=WaitlistStatus.WAITING).update(
                status=WaitlistStatus.LAPSED
            )
            record("let place on waitlist lapse", on=entry, now=now, by=by)
        done += 1
    return done


def offer_freed_times(*, now: datetime, by: User) -> int:
    """Times of today and tomorrow that a visit left: each to the next in turn, one at a time.

    Only while somebody is at the desk, and will be until the offer ends: an offer is made known by
    telephone, and one that ran out overnight would cost its turn whoever could not know of it.
    """
    done, hours = 0, dict[int, list[Interval]]()
    for freed in _freed(now):
        site = freed.appointment.site
        if site.pk not in hours:
            hours[site.pk] = desk_hours(site=site, now=now)
        if covers(hours[site.pk], now, kept_until(freed.starts_at, now)):
            done += _offer(freed, now, by)
    return done


def _freed(now: datetime) -> list[FreedTime]:
    """Those of the two days, by the sites' own clocks, for which somebody waits."""
    waiting = WaitlistEntry.objects.waiting()
    found = (
        FreedTime.objects.filter(
            starts_at__gt=now + LEAST_NOTICE,
            starts_at__lt=now + timedelta(days=2, hours=12),
            appointment__site__in=waiting.values("site"),
            appointment__type__in=waiting.values("type"),
        )
        .select_related("appointment__site", "appointment__type", "practitioner", "room")
        .defer(*(f"appointment__{name}" for name in SEALED))
        .order_by("starts_at", "id")[:MOST_AT_ONCE]
    )
    return [freed for freed in found if freed.starts_at < _end_of_tomorrow(freed, now)]


def _end_of_tomorrow(freed: FreedTime, now: datetime) -> datetime:
    zone = freed.appointment.site.time_zone
    return day_bounds(day_of(now, zone) + timedelta(days=1), zone)[1]


def _offer(freed: FreedTime, now: datetime, by: User) -> int:
    """Whoever cannot have it is passed over; nobody is asked while it is held."""
    who, visit = freed.practitioner, freed.appointment
    if who not in practitioners_at(site=visit.site, type=visit.type):
        return 0
    if _held(freed).filter(practitioner=who).exists():
        return 0
    entry = next_in_turn(freed)
    if entry is None:
        return 0
    try:
        keep_for(entry, who, _room(freed), freed.starts_at, freed=freed, now=now, by=by)
    except DomainError:
        return 0
    return 1


def _room(freed: FreedTime) -> Room | None:
    """Its room, if nobody has taken it since: a time without a room is still a time."""
    if freed.room is None or not freed.room.is_active:
        return None
    return None if _held(freed).filter(room=freed.room).exists() else freed.room


def _held(freed: FreedTime) -> QuerySet[HeldTime]:
    ends_at = freed.ends_at + timedelta(minutes=freed.buffer_minutes)
    return HeldTime.objects.filter(period__overlap=(freed.starts_at, ends_at))
