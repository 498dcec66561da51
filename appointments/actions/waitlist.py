"""Actions on waitlist entries and offers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from appointments.booking_checks import mode_for, refuse_past, refuse_practitioner, refuse_room
from appointments.check_in_codes import codes_for
from appointments.enums import (
    ClinicalPriority,
    OfferStatus,
    WaitlistStatus,
    Weekday,
)
from appointments.errors import OfferOver, WrongState
from appointments.locking import locked
from appointments.models import (
    Appointment,
    AppointmentType,
    Room,
    WaitlistEntry,
    WaitlistOffer,
)
from appointments.waitlist_offers import close_offer, make_offer, set_entry_status
from common.errors import InvalidInput
from patients.models import Patient


def put_on_waitlist(
    *,
    patient: Patient,
    site: Site,
    type: AppointmentType,
    from_date: date,
    until_date: date,
    practitioner: User | None = None,
    weekdays: Collection[Weekday] = (),
    earliest_time: time | None = None,
    latest_time: time | None = None,
    priority: ClinicalPriority = ClinicalPriority.ROUTINE,
    now: datetime,
    by: User,
) -> WaitlistEntry:
    """Put a patient on the waitlist for a visit in [from_date, until_date).

    Any priority but ROUTINE is clinical information, so it needs SEE_CLINICAL. Raises
    AlreadyWaiting, or InvalidInput for dates, hours or a visit type that cannot be.
    """
    require_permission(by, Permission.BOOK, on=patient)
    if priority != ClinicalPriority.ROUTINE:
        require_permission(by, Permission.SEE_CLINICAL, on=patient)
    if site.pk != patient.site_id:
        raise InvalidInput("The patient belongs to another site.", field="site")
    if until_date <= from_date:
        raise InvalidInput("The end is before the start.", field="until_date")
    if earliest_time and latest_time and latest_time < earliest_time:
        raise InvalidInput("The end is before the start.", field="latest_time")
    if type.is_group or not type.is_active:
        raise InvalidInput("There is no waitlist for this visit type.", field="type")
    if practitioner is not None:
        refuse_practitioner(practitioner, site, type)
    with locked(patients=[patient.pk]):
        entry = WaitlistEntry.objects.create(
            patient=patient,
            site=site,
            type=type,
            practitioner=practitioner,
            from_date=from_date,
            until_date=until_date,
            weekdays=sorted(set(weekdays)),
            earliest_time=earliest_time,
            latest_time=latest_time,
            priority=priority,
            recorded_at=now,
        )
        record(AuditAction.PUT_ON_WAITLIST, on=entry, now=now, by=by)
    return entry


def withdraw_from_waitlist(*, entry: WaitlistEntry, now: datetime, by: User) -> WaitlistEntry:
    """Take a patient off the waitlist; an open offer ends, and its time is free again.

    Raises WrongState if the entry is not waiting any more.
    """
    require_permission(by, Permission.BOOK, on=entry)
    with locked(patients=[entry.patient_id]):
        entry.offers.open().update(status=OfferStatus.WITHDRAWN)
        set_entry_status(entry, WaitlistStatus.WITHDRAWN)
        record(AuditAction.WITHDRAW_FROM_WAITLIST, on=entry, now=now, by=by)
    return entry


def offer_time(
    *,
    entry: WaitlistEntry,
    practitioner: User,
    starts_at: datetime,
    room: Room | None = None,
    now: datetime,
    by: User,
) -> WaitlistOffer:
    """Hold a time for this patient for half an hour. Raises OfferOpen, SlotTaken, RoomTaken etc."""
    require_permission(by, Permission.BOOK, on=entry)
    if entry.status != WaitlistStatus.WAITING:
        raise WrongState
    refuse_past(starts_at, now)
    refuse_practitioner(practitioner, entry.site, entry.type)
    refuse_room(room, entry.site)
    return make_offer(entry, practitioner, room, starts_at, freed=None, now=now, by=by)


def accept_offer(*, offer: WaitlistOffer, now: datetime, by: User) -> Appointment:
    """Accept an offer for the patient: its time becomes a visit. Raises OfferOver."""
    require_permission(by, Permission.BOOK, on=offer)
    with locked(
        patients=[offer.patient_id], practitioners=[offer.practitioner_id], rooms=[offer.room_id]
    ):
        if offer.expires_at <= now:
            raise OfferOver
        # The offer must let go of the time before the visit takes it; both are in one transaction.
        close_offer(offer, OfferStatus.ACCEPTED)
        type, site = offer.entry.type, offer.site
        appointment = Appointment.objects.create(
            patient_id=offer.patient_id,
            site=site,
            type=type,
            practitioner=offer.practitioner,
            room=offer.room,
            mode=mode_for(type, None),
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
            buffer_minutes=offer.buffer_minutes,
            check_in_code=codes_for(site)[0],
            held_since=now,
            recorded_at=now,
        )
        WaitlistOffer.objects.filter(pk=offer.pk).update(accepted=appointment)
        set_entry_status(offer.entry, WaitlistStatus.BOOKED)
        record(AuditAction.ACCEPT_WAITLIST_OFFER, on=offer, now=now, by=by)
        record(
            AuditAction.BOOK_APPOINTMENT, on=appointment, now=now, by=by, detail={"offer": offer.pk}
        )
    return appointment


def decline_offer(*, offer: WaitlistOffer, now: datetime, by: User) -> WaitlistOffer:
    """Decline an offer: the patient stays on the list, and the time goes to the next.

    Raises OfferOver.
    """
    require_permission(by, Permission.BOOK, on=offer)
    with locked(patients=[offer.patient_id]):
        close_offer(offer, OfferStatus.DECLINED)
        record(AuditAction.DECLINE_WAITLIST_OFFER, on=offer, now=now, by=by)
    return offer
