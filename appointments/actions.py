"""The verbs of the calendar. The database decides who gets a slot; these explain its answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from access.audit import record
from access.enums import Right
from access.models import Site, User
from access.policy import require
from appointments.enums import EXPECTED, AppointmentStatus, CancelledBy, MissReason
from appointments.errors import InThePast, PatientBusy, SlotTaken, TooEarly, WrongState
from appointments.models import Appointment, AppointmentType, Room
from appointments.queries import practitioners_at
from common.errors import InvalidInput
from patients.models import Patient


@transaction.atomic
def set_up_visit_type(
    *, code: str, name: str, minutes: int, arm: str = "", now: datetime, by: User
) -> AppointmentType:
    """Make a kind of visit, or change its name, length in minutes and arm of the plan."""
    require(by, Right.SET_UP)
    wanted = {"name": name, "minutes": minutes, "arm": arm}
    known = AppointmentType.objects.select_for_update().filter(code=code).first()
    if known is not None and all(getattr(known, key) == value for key, value in wanted.items()):
        return known
    type, created = AppointmentType.objects.update_or_create(code=code, defaults=wanted)
    record("make kind of visit" if created else "change kind of visit", on=type, now=now, by=by)
    return type


@transaction.atomic
def set_up_room(*, site: Site, name: str, now: datetime, by: User) -> Room:
    """Make a room of a site, if it is not there yet."""
    require(by, Right.SET_UP, on=Room(site=site))
    room, created = Room.objects.get_or_create(site=site, name=name)
    if created:
        record("make room", on=room, now=now, by=by)
    return room


def book_appointment(
    *,
    patient: Patient,
    site: Site,
    type: AppointmentType,
    practitioner: User,
    starts_at: datetime,
    room: Room | None = None,
    note: str = "",
    now: datetime,
    by: User,
) -> Appointment:
    """Hold `starts_at` for the length of the type. Raises SlotTaken or PatientBusy."""
    require(by, Right.BOOK, on=patient)
    _refuse_slot(patient, site, practitioner, type, room, starts_at, now)
    try:
        with transaction.atomic():
            _queue_up(patient, practitioner)
            appointment = Appointment.objects.create(
                patient=patient,
                site=site,
                type=type,
                practitioner=practitioner,
                room=room,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=type.minutes),
                note=note.strip(),
                held_since=now,
                recorded_at=now,
            )
            record("book appointment", on=appointment, now=now, by=by)
    except IntegrityError as problem:
        raise _taken(problem) from problem
    return appointment


def move_appointment(
    *, appointment: Appointment, starts_at: datetime, now: datetime, by: User
) -> Appointment:
    """Another time for the same visit. Its version rises, so that reminders start anew."""
    require(by, Right.BOOK, on=appointment)
    if starts_at <= now:
        raise InThePast(field="starts_at")
    who = appointment.practitioner
    if who is not None and who not in practitioners_at(site=appointment.site):
        raise InvalidInput(
            f"{who} does not see patients at this site any more.",
            remedy="Cancel this visit and book another, with somebody else.",
        )
    try:
        with transaction.atomic():
            _queue_up(appointment.patient, appointment.practitioner)
            length = appointment.ends_at - appointment.starts_at
            _change(
                appointment,
                EXPECTED,
                status=AppointmentStatus.BOOKED,
                starts_at=starts_at,
                ends_at=starts_at + length,
                held_since=now,
            )
            record("move appointment", on=appointment, now=now, by=by)
    except IntegrityError as problem:
        raise _taken(problem) from problem
    return appointment


@transaction.atomic
def confirm_appointment(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """The patient said that they will come."""
    require(by, Right.BOOK, on=appointment)
    _change(
        appointment,
        [AppointmentStatus.BOOKED],
        keep_version=True,
        status=AppointmentStatus.CONFIRMED,
    )
    record("confirm appointment", on=appointment, now=now, by=by)
    return appointment


@transaction.atomic
def cancel_appointment(
    *,
    appointment: Appointment,
    cancelled_by: CancelledBy,
    reason: str,
    now: datetime,
    by: User,
) -> Appointment:
    """Give the slot back; who cancelled and why stays on record."""
    require(by, Right.BOOK, on=appointment)
    if not reason.strip():
        raise InvalidInput("Write why it is cancelled.", field="reason")
    _change(
        appointment,
        EXPECTED,
        status=AppointmentStatus.CANCELLED,
        cancelled_by=cancelled_by,
        cancel_reason=reason.strip(),
    )
    record("cancel appointment", on=appointment, now=now, by=by, detail={"who": cancelled_by})
    return appointment


@transaction.atomic
def mark_arrived(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """Check the patient in, late and already given up as well. Raises TooEarly, but on the day itself."""
    require(by, Right.CHECK_IN, on=appointment)
    if not appointment.may_arrive(now):
        raise TooEarly
    try:
        with transaction.atomic():
            _change(
                appointment,
                [*EXPECTED, AppointmentStatus.NO_SHOW],
                keep_version=True,
                status=AppointmentStatus.ARRIVED,
                miss_reason="",
            )
    except IntegrityError as problem:
        # Somebody else was given the time when this one had not come.
        raise _taken(problem) from problem
    record("check in", on=appointment, now=now, by=by)
    return appointment


@transaction.atomic
def complete_appointment(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """The visit took place."""
    require(by, Right.CHECK_IN, on=appointment)
    _change(
        appointment,
        [AppointmentStatus.ARRIVED],
        keep_version=True,
        status=AppointmentStatus.COMPLETED,
    )
    record("complete visit", on=appointment, now=now, by=by)
    return appointment


@transaction.atomic
def mark_no_show(
    *,
    appointment: Appointment,
    reason: MissReason = MissReason.UNKNOWN,
    now: datetime,
    by: User,
) -> Appointment:
    """The patient did not come. Only after the appointed time."""
    require(by, Right.CHECK_IN, on=appointment)
    if appointment.starts_at > now:
        raise InvalidInput("The appointed time has not come yet.")
    _change(
        appointment,
        EXPECTED,
        keep_version=True,
        status=AppointmentStatus.NO_SHOW,
        miss_reason=reason,
    )
    record("mark no-show", on=appointment, now=now, by=by)
    return appointment


def _refuse_slot(
    patient: Patient,
    site: Site,
    practitioner: User,
    type: AppointmentType,
    room: Room | None,
    starts_at: datetime,
    now: datetime,
) -> None:
    if starts_at <= now:
        raise InThePast(field="starts_at")
    if site.pk != patient.site_id:
        raise InvalidInput("The patient belongs to another site.", field="site")
    if room is not None and room.site_id != site.pk:
        raise InvalidInput("This room is at another site.", field="room")
    if practitioner not in practitioners_at(site=site):
        raise InvalidInput("Nobody of that name sees patients at this site.", field="practitioner")
    if not type.is_active:
        raise InvalidInput("This kind of visit is not offered any more.", field="type")


def _queue_up(patient: Patient, practitioner: User | None) -> None:
    """One booking at a time per patient and practitioner: two that meet wait instead of deadlocking.

    The exclusion constraints still decide; always in this order.
    """
    Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk).values("pk").first()
    if practitioner is not None:
        User.objects.select_for_update(no_key=True).filter(pk=practitioner.pk).values("pk").first()


def _change(
    appointment: Appointment,
    allowed: list[AppointmentStatus] | tuple[AppointmentStatus, ...],
    *,
    keep_version: bool = False,
    **values: object,
) -> None:
    """Compare-and-set: only from a status in `allowed`, whatever was read before."""
    step = {} if keep_version else {"version": F("version") + 1}
    changed = Appointment.objects.filter(pk=appointment.pk, status__in=allowed).update(
        **values, **step
    )
    if not changed:
        raise WrongState
    appointment.refresh_from_db()


def _taken(problem: IntegrityError) -> SlotTaken | PatientBusy:
    return PatientBusy() if "patient_once_at_a_time" in str(problem) else SlotTaken()
