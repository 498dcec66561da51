"""Waitlist steps of the minutely job: expire offers, lapse entries, offer freed slots.

Running it twice, or after an hour's gap, gives the same result: each step asks the tables what is
due. Every change has an audit entry in the name of a service account.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from access.audit.record import record
from access.enums import AuditAction
from access.models import User
from appointments.availability import practitioners_at
from appointments.enums import OfferStatus, WaitlistStatus
from appointments.errors import OfferOver
from appointments.front_desk_hours import covers, desk_hours
from appointments.intervals import Interval
from appointments.locking import locked
from appointments.models import FreedSlot, HeldTime, Room, WaitlistEntry, WaitlistOffer
from appointments.models.appointments import ENCRYPTED_FIELDS
from appointments.no_shows import MOST_AT_ONCE
from appointments.waitlist_offers import (
    LEAST_NOTICE,
    close_offer,
    make_offer,
    next_in_turn,
    offer_expiry,
)
from common.errors import DomainError
from common.time_zones import day_bounds, day_of


def expire_offers(*, now: datetime, by: User) -> int:
    """Expire unanswered offers, which frees their time; returns how many."""
    due = WaitlistOffer.objects.open().filter(expires_at__lte=now).select_related("site")
    done = 0
    for offer in due.order_by("expires_at", "id")[:MOST_AT_ONCE]:
        try:
            with locked(patients=[offer.patient_id]):
                close_offer(offer, OfferStatus.EXPIRED)
                record(AuditAction.EXPIRE_WAITLIST_OFFER, on=offer, now=now, by=by)
        except OfferOver:
            continue
        done += 1
    return done


def lapse_entries(*, now: datetime, by: User) -> int:
    """Lapse entries whose last day is over; returns how many.

    The day is by UTC, a day late; the difference between time zones does no harm here.
    """
    over = WaitlistEntry.objects.waiting().filter(until_date__lte=now.date() - timedelta(days=1))
    done = 0
    for entry in over.select_related("site").order_by("id")[:MOST_AT_ONCE]:
        with locked(patients=[entry.patient_id]):
            WaitlistEntry.objects.filter(pk=entry.pk, status=WaitlistStatus.WAITING).update(
                status=WaitlistStatus.LAPSED
            )
            record(AuditAction.LAPSE_WAITLIST_ENTRY, on=entry, now=now, by=by)
        done += 1
    return done


def offer_freed_times(*, now: datetime, by: User) -> int:
    """Offer each freed slot of today and tomorrow to the next in turn, one at a time.

    Only while the front desk is staffed, and will be until the offer ends: staff tell the patient
    by telephone, and an offer that ran out overnight would cost a patient the turn without their
    knowing of it.
    """
    done, hours = 0, dict[int, list[Interval]]()
    for freed in _freed_slots(now):
        site = freed.appointment.site
        if site.pk not in hours:
            hours[site.pk] = desk_hours(site=site, now=now)
        if covers(hours[site.pk], now, offer_expiry(freed.starts_at, now)):
            done += _offer(freed, now, by)
    return done


def _freed_slots(now: datetime) -> list[FreedSlot]:
    """List the freed slots of the two days, by the sites' clocks, for which patients wait."""
    waiting = WaitlistEntry.objects.waiting()
    found = (
        FreedSlot.objects.filter(
            starts_at__gt=now + LEAST_NOTICE,
            starts_at__lt=now + timedelta(days=2, hours=12),
            appointment__site__in=waiting.values("site"),
            appointment__type__in=waiting.values("type"),
        )
        .select_related("appointment__site", "appointment__type", "practitioner", "room")
        .defer(*(f"appointment__{name}" for name in ENCRYPTED_FIELDS))
        .order_by("starts_at", "id")[:MOST_AT_ONCE]
    )
    return [freed for freed in found if freed.starts_at < _end_of_tomorrow(freed, now)]


def _end_of_tomorrow(freed: FreedSlot, now: datetime) -> datetime:
    zone = freed.appointment.site.time_zone
    return day_bounds(day_of(now, zone) + timedelta(days=1), zone)[1]


def _offer(freed: FreedSlot, now: datetime, by: User) -> int:
    """Offer a freed slot to the next in turn; returns 1 if an offer was made.

    No offer is made while the time is held, or if the practitioner no longer gives such visits.
    """
    who, visit = freed.practitioner, freed.appointment
    if who not in practitioners_at(site=visit.site, type=visit.type):
        return 0
    if _held_times(freed).filter(practitioner=who).exists():
        return 0
    entry = next_in_turn(freed)
    if entry is None:
        return 0
    try:
        make_offer(entry, who, _room(freed), freed.starts_at, freed=freed, now=now, by=by)
    except DomainError:
        return 0
    return 1


def _room(freed: FreedSlot) -> Room | None:
    """Return the room if it is still free; a slot without a room can be offered, too."""
    if freed.room is None or not freed.room.is_active:
        return None
    return None if _held_times(freed).filter(room=freed.room).exists() else freed.room


def _held_times(freed: FreedSlot) -> QuerySet[HeldTime]:
    ends_at = freed.ends_at + timedelta(minutes=freed.buffer_minutes)
    return HeldTime.objects.filter(period__overlap=(freed.starts_at, ends_at))
