"""The verbs of the calendar. The database decides who gets a slot; these explain its answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from access.audit import record
from access.enums import Right, Role
from access.models import Site, User
from access.policy import require
from access.roles import SEEING_PATIENTS
from appointments.availability import practitioners_at, refuse_unavailable
from appointments.enums import EXPECTED, AppointmentStatus, CancelledBy, MissReason, VisitMode
from appointments.errors import TooEarly
from appointments.holding import (
    SAME,
    Same,
    change,
    changing,
    codes_for,
    holding,
    mode_for,
    refuse_past,
    refuse_room,
    refuse_slot,
)
from appointments.models import Appointment, AppointmentType, Room
from common.errors import InvalidInput
from patients.models import Patient


@transaction.atomic
def set_up_visit_type(
    *,
    code: str,
    name: str,
    minutes: int,
    arm: str = "",
    buffer_minutes: int | None = None,
    capacity: int | None = None,
    modes: Iterable[VisitMode] | None = None,
    roles: Iterable[Role] | None = None,
    no_show_after_minutes: int | Same | None = SAME,
    is_active: bool | None = None,
    now: datetime,
    by: User,
) -> AppointmentType:
    """Make a kind of visit, or change it; what is not said stays. What is booked keeps its length and buffer.

    `roles`: who may give it; an empty list: everybody with whom a visit can be booked.
    """
    require(by, Right.SET_UP)
    if set(roles or ()) - SEEING_PATIENTS:
        raise InvalidInput("With this role no visit can be booked.", field="roles")
    said: dict[str, Any] = {
        "buffer_minutes": buffer_minutes,
        "capacity": capacity,
        "modes": sorted(set(modes)) if modes else None,
        "roles": sorted(set(roles)) if roles is not None else None,
        "is_active": is_active,
    }
    wanted = {"name": name, "minutes": minutes, "arm": arm}
    wanted |= {key: value for key, value in said.items() if value is not None}
    if not isinstance(no_show_after_minutes, Same):
        wanted["no_show_after_minutes"] = no_show_after_minutes
    known = AppointmentType.objects.select_for_update().filter(code=code).first()
    if known is not None and all(getattr(known, key) == value for key, value in wanted.items()):
        return known
    type, created = AppointmentType.objects.update_or_create(code=code, defaults=wanted)
    record("make kind of visit" if created else "change kind of visit", on=type, now=now, by=by)
    return type


@transaction.atomic
def set_up_room(
    *,
    site: Site,
    name: str,
    capacity: int | None = None,
    is_active: bool | None = None,
    now: datetime,
    by: User,
) -> Room:
    """Make a room of a site, or change for how many patients it is and whether it is in use."""
    require(by, Right.SET_UP, on=Room(site=site))
    said = {"capacity": capacity, "is_active": is_active}
    wanted = {key: value for key, value in said.items() if value is not None}
    known = Room.objects.select_for_update().filter(site=site, name=name).first()
    if known is not None and all(getattr(known, key) == value for key, value in wanted.items()):
        return known
    room, created = Room.objects.update_or_create(site=site, name=name, defaults=wanted)
    record("make room" if created else "change room", on=room, now=now, by=by)
    return room


def book_appointment(
    *,
    patient: Patient,
    site: Site,
    type: AppointmentType,
    practitioner: User,
    starts_at: datetime,
    room: Room | None = None,
    mode: VisitMode | None = None,
    note: str = "",
    now: datetime,
    by: User,
) -> Appointment:
    """Hold `starts_at` for the length of the type, and its buffer after it.

    Raises SlotTaken, RoomTaken or PatientBusy where somebody was first; SiteClosed,
    PractitionerAway or OutsideHours where nobody could be.
    """
    require(by, Right.BOOK, on=patient)
    refuse_slot(patient.site_id, site, practitioner, type, starts_at, now)
    refuse_room(room, site)
    ends_at = starts_at + timedelta(minutes=type.minutes)
    with holding(
        patients=[patient.pk],
        practitioners=[practitioner.pk],
        rooms=[room.pk if room else None],
    ):
        refuse_unavailable(
            site=site, practitioner=practitioner, starts_at=starts_at, ends_at=ends_at
        )
        appointment = Appointment.objects.create(
            patient=patient,
            site=site,
            type=type,
            practitioner=practitioner,
            room=room,
            mode=mode_for(type, mode),
            starts_at=starts_at,
            ends_at=ends_at,
            buffer_minutes=type.buffer_minutes,
            note=note.strip(),
            check_in_code=codes_for(site)[0],
            held_since=now,
            recorded_at=now,
        )
        record("book appointment", on=appointment, now=now, by=by)
    return appointment


def move_appointment(
    *,
    appointment: Appointment,
    starts_at: datetime,
    practitioner: User | None = None,
    room: Room | Same | None = SAME,
    now: datetime,
    by: User,
) -> Appointment:
    """Another time for the same visit, or another practitioner or room (None: no room).

    Its version rises, so that reminders start anew. One of a group is not moved: the group is.
    """
    require(by, Right.BOOK, on=appointment)
    refuse_past(starts_at, now)
    if appointment.group_session_id is not None:
        raise InvalidInput(
            "This is a seat in a group.",
            remedy="Cancel it and book into another session, or move the whole session.",
        )
    who, where = practitioner or appointment.practitioner, appointment.room
    if not isinstance(room, Same):
        where = room
        refuse_room(room, appointment.site)
    _refuse_gone(appointment, who)
    ends_at = starts_at + (appointment.ends_at - appointment.starts_at)
    with holding(
        patients=[appointment.patient_id],
        practitioners=[appointment.practitioner_id, who.pk if who else None],
        rooms=[appointment.room_id, where.pk if where else None],
    ):
        if who is not None:
            refuse_unavailable(
                site=appointment.site, practitioner=who, starts_at=starts_at, ends_at=ends_at
            )
        change(
            appointment,
            EXPECTED,
            status=AppointmentStatus.BOOKED,
            starts_at=starts_at,
            ends_at=ends_at,
            practitioner=who,
            room=where,
            held_since=now,
        )
        record("move appointment", on=appointment, now=now, by=by)
    return appointment


def confirm_appointment(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """The patient said that they will come."""
    require(by, Right.BOOK, on=appointment)
    with changing(appointment):
        change(
            appointment,
            [AppointmentStatus.BOOKED],
            keep_version=True,
            status=AppointmentStatus.CONFIRMED,
        )
        record("confirm appointment", on=appointment, now=now, by=by)
    return appointment


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
    with changing(appointment):
        change(
            appointment,
            EXPECTED,
            status=AppointmentStatus.CANCELLED,
            cancelled_by=cancelled_by,
            cancel_reason=reason.strip(),
        )
        detail = {"who": cancelled_by}
        record("cancel appointment", on=appointment, now=now, by=by, detail=detail)
    return appointment


def mark_arrived(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """Check the patient in, late and already given up as well. Raises TooEarly, but on the day itself.

    SlotTaken, RoomTaken or GroupFull: somebody else was given the time when this one had not come.
    """
    require(by, Right.CHECK_IN, on=appointment)
    if not appointment.may_arrive(now):
        raise TooEarly
    with changing(appointment):
        change(
            appointment,
            [*EXPECTED, AppointmentStatus.NO_SHOW],
            keep_version=True,
            status=AppointmentStatus.ARRIVED,
            arrived_at=now,
            miss_reason="",
        )
        record("check in", on=appointment, now=now, by=by)
    return appointment


def complete_appointment(*, appointment: Appointment, now: datetime, by: User) -> Appointment:
    """The visit took place."""
    require(by, Right.CHECK_IN, on=appointment)
    with changing(appointment):
        change(
            appointment,
            [AppointmentStatus.ARRIVED],
            keep_version=True,
            status=AppointmentStatus.COMPLETED,
        )
        record("complete visit", on=appointment, now=now, by=by)
    return appointment


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
    with changing(appointment):
        change(
            appointment,
            EXPECTED,
            keep_version=True,
            status=AppointmentStatus.NO_SHOW,
            miss_reason=reason,
        )
        record("mark no-show", on=appointment, now=now, by=by)
    return appointment


def _refuse_gone(appointment: Appointment, who: User | None) -> None:
    """A visit without a practitioner, from an import, may stay without."""
    if who is None or who in practitioners_at(site=appointment.site, type=appointment.type):
        return
    raise InvalidInput(
        f"{who} does not see patients at this site any more for such a visit.",
        remedy="Choose somebody else for it.",
        field="practitioner",
    )
