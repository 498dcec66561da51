"""Waitlist offers: one open offer for each patient, in order of turn.

Made by staff (actions/waitlist.py) and by the minutely job (waitlist_maintenance.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from access.audit.record import record
from access.enums import AuditAction
from access.models import User
from appointments.availability import refuse_unavailable
from appointments.enums import HOLDING, OfferStatus, WaitlistStatus
from appointments.errors import OfferOver, PatientBusy, WrongState
from appointments.locking import locked
from appointments.models import Appointment, FreedSlot, Room, WaitlistEntry, WaitlistOffer
from common.errors import InvalidInput

#: How long a time is held for an offer, and how long before that time the offer ends at the latest.
KEPT_FOR, LEAST_NOTICE = timedelta(minutes=30), timedelta(minutes=15)


def offer_expiry(starts_at: datetime, now: datetime) -> datetime:
    """Return when an offer of `starts_at` that is made now ends."""
    return min(now + KEPT_FOR, starts_at - LEAST_NOTICE)


def make_offer(
    entry: WaitlistEntry,
    practitioner: User,
    room: Room | None,
    starts_at: datetime,
    *,
    freed: FreedSlot | None,
    now: datetime,
    by: User,
) -> WaitlistOffer:
    """Hold the time for `entry` until the offer ends.

    Raises InvalidInput if the time is too soon, and SlotTaken, RoomTaken, PatientBusy, OfferOpen,
    SiteClosed, PractitionerAway or OutsideHours.
    """
    expires_at = offer_expiry(starts_at, now)
    if expires_at <= now:
        raise InvalidInput("This time is too soon to be offered.", field="starts_at")
    ends_at = starts_at + timedelta(minutes=entry.type.minutes)
    with locked(
        patients=[entry.patient_id],
        practitioners=[practitioner.pk],
        rooms=[room.pk if room else None],
    ):
        refuse_unavailable(
            site=entry.site, practitioner=practitioner, starts_at=starts_at, ends_at=ends_at
        )
        refuse_busy_patient(entry, starts_at, ends_at)
        offer = WaitlistOffer.objects.create(
            entry=entry,
            patient_id=entry.patient_id,
            site=entry.site,
            practitioner=practitioner,
            room=room,
            starts_at=starts_at,
            ends_at=ends_at,
            buffer_minutes=entry.type.buffer_minutes,
            expires_at=expires_at,
            freed=freed,
            recorded_at=now,
        )
        record(AuditAction.MAKE_WAITLIST_OFFER, on=offer, now=now, by=by)
    return offer


def close_offer(offer: WaitlistOffer, status: OfferStatus) -> None:
    """Close an open offer with `status`; an offer is answered only once. Raises OfferOver."""
    changed = WaitlistOffer.objects.filter(pk=offer.pk, status=OfferStatus.OPEN).update(
        status=status
    )
    if not changed:
        raise OfferOver
    offer.refresh_from_db(fields=["status"])


def set_entry_status(entry: WaitlistEntry, status: WaitlistStatus) -> None:
    """Set the status of an entry that still waits. Raises WrongState."""
    changed = WaitlistEntry.objects.filter(pk=entry.pk, status=WaitlistStatus.WAITING).update(
        status=status
    )
    if not changed:
        raise WrongState
    entry.refresh_from_db(fields=["status"])


def next_in_turn(freed: FreedSlot) -> WaitlistEntry | None:
    """Return the next entry for a freed slot: by priority, then by time on the list.

    It skips patients who were offered this time before, who have another open offer, who are booked
    elsewhere at that time, and the patient who left it.
    """
    visit = freed.appointment
    busy = Appointment.objects.filter(
        patient=OuterRef("patient"),
        status__in=HOLDING,
        starts_at__lt=freed.ends_at,
        ends_at__gt=freed.starts_at,
    )
    asked = WaitlistOffer.objects.filter(
        entry=OuterRef("pk"), practitioner=freed.practitioner, starts_at=freed.starts_at
    )
    local = freed.starts_at.astimezone(ZoneInfo(visit.site.time_zone))
    clock = local.time()
    return (
        WaitlistEntry.objects.waiting()
        .filter(
            ~Exists(busy),
            ~Exists(asked),
            Q(weekdays__len=0) | Q(weekdays__contains=[local.weekday()]),
            Q(practitioner__isnull=True) | Q(practitioner=freed.practitioner),
            Q(earliest_time__isnull=True) | Q(earliest_time__lte=clock),
            Q(latest_time__isnull=True) | Q(latest_time__gte=clock),
            site=visit.site,
            type=visit.type,
            from_date__lte=local.date(),
            until_date__gt=local.date(),
        )
        .exclude(patient=visit.patient_id)
        .exclude(offers__status=OfferStatus.OPEN)
        .select_related("site", "type")
        .by_turn()
        .first()
    )


def refuse_busy_patient(entry: WaitlistEntry, starts_at: datetime, ends_at: datetime) -> None:
    """Raise PatientBusy if the patient is booked elsewhere at that time.

    An offer holds only practitioner and room, so the conflict would otherwise show too late.
    """
    busy = Appointment.objects.filter(
        patient=entry.patient_id, status__in=HOLDING, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    if busy.exists():
        raise PatientBusy
