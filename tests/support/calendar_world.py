"""Hours, groups, series and a waitlist for tests: everything through the actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from access.actions.accounts import service_account
from access.models import User
from appointments.actions import group_series as group_series_module
from appointments.actions import group_sessions, waitlist, working_hours
from appointments.actions import series as series_module
from appointments.actions.kiosks import enroll_kiosk, open_kiosk
from appointments.enums import AwayReason, Weekday
from appointments.models import (
    Appointment,
    AppointmentSeries,
    AppointmentType,
    Closure,
    ExtraHours,
    GroupSession,
    KioskDevice,
    Room,
    TimeAway,
    WaitlistEntry,
    WaitlistOffer,
    WorkingHours,
)
from patients.models import Patient
from tests.support.world import NOW, TODAY, World

#: The Thursday two days ahead, eleven in the morning in New York: beside LATER of tests.deeds.
MEETING = NOW + timedelta(days=2, hours=1)
#: Weeks away from everything else that tests book.
FAR = TODAY + timedelta(days=20)


def group_type(world: World, capacity: int = 8, **more: Any) -> AppointmentType:
    found, _ = AppointmentType.objects.get_or_create(
        code=f"group-{capacity}",
        defaults={"name": "Evening group", "minutes": 60, "capacity": capacity, **more},
    )
    return found


def session(
    world: World,
    *,
    starts_at: datetime = MEETING,
    practitioner: User | None = None,
    capacity: int = 8,
    room: Room | None = None,
    now: datetime = NOW,
) -> GroupSession:
    return group_sessions.plan_group_session(
        site=world.here,
        type=group_type(world, capacity),
        practitioner=practitioner or world.counselor,
        starts_at=starts_at,
        room=room,
        now=now,
        by=world.front_desk,
    )


def seat(world: World, of: GroupSession, patient: Patient | None = None) -> Appointment:
    return group_sessions.book_into_group(
        patient=patient or world.patient, session=of, now=NOW, by=world.front_desk
    )


def series(
    world: World,
    *,
    rule: str = "FREQ=WEEKLY;COUNT=4",
    start_date: date = FAR,
    starts_time: time = time(9),
    patient: Patient | None = None,
    practitioner: User | None = None,
    **more: Any,
) -> AppointmentSeries:
    return series_module.book_series(
        patient=patient or world.patient,
        site=world.here,
        type=world.visit_type,
        practitioner=practitioner or world.counselor,
        rule=rule,
        start_date=start_date,
        starts_time=starts_time,
        now=NOW,
        by=world.front_desk,
        **more,
    )


def group_series(
    world: World,
    *,
    rule: str = "FREQ=WEEKLY;COUNT=4",
    start_date: date = FAR,
    starts_time: time = time(14),
    capacity: int = 8,
    **more: Any,
) -> list[GroupSession]:
    """Its sessions, in order."""
    made = series_module.plan_group_series(
        site=world.here,
        type=group_type(world, capacity),
        practitioner=more.pop("practitioner", world.counselor),
        rule=rule,
        start_date=start_date,
        starts_time=starts_time,
        now=NOW,
        by=world.front_desk,
        **more,
    )
    rows = made.group_sessions.select_related("site", "type", "practitioner", "room")
    return list(rows.order_by("series_date"))


def seats(
    world: World, of: GroupSession, patient: Patient | None = None, **more: Any
) -> list[Appointment]:
    """In `of` and all that follow."""
    return group_series_module.book_into_group_series(
        patient=patient or world.patient, session=of, now=NOW, by=world.front_desk, **more
    )


def hours(
    world: World,
    practitioner: User | None = None,
    weekday: Weekday = Weekday.MONDAY,
    starts_time: time = time(9),
    ends_time: time = time(17),
    **more: Any,
) -> WorkingHours:
    return working_hours.set_working_hours(
        practitioner=practitioner or world.counselor,
        site=world.here,
        weekday=weekday,
        starts_time=starts_time,
        ends_time=ends_time,
        from_date=more.pop("from_date", TODAY - timedelta(days=30)),
        now=NOW,
        by=world.clinical_director,
        **more,
    )


def every_day(world: World, practitioner: User | None = None, **more: Any) -> None:
    for weekday in Weekday:
        hours(world, practitioner, weekday, **more)


def evening_hours(world: World, practitioner: User | None = None, day: date = TODAY) -> ExtraHours:
    return working_hours.add_extra_hours(
        practitioner=practitioner or world.counselor,
        site=world.here,
        on_date=day,
        starts_time=time(18),
        ends_time=time(20),
        now=NOW,
        by=world.clinical_director,
    )


def away(
    world: World,
    starts_at: datetime = NOW + timedelta(days=60),
    length: timedelta = timedelta(days=1),
    practitioner: User | None = None,
) -> TimeAway:
    return working_hours.add_time_away(
        practitioner=practitioner or world.counselor,
        starts_at=starts_at,
        ends_at=starts_at + length,
        reason=AwayReason.LEAVE,
        now=NOW,
        by=world.clinical_director,
    )


def closure(
    world: World, day: date = TODAY + timedelta(days=90), name: str = "Stock-taking"
) -> Closure:
    return working_hours.close_site(
        site=world.here,
        from_date=day,
        until_date=day + timedelta(days=1),
        name=name,
        now=NOW,
        by=world.clinical_director,
    )


def entry(
    world: World, patient: Patient | None = None, type: AppointmentType | None = None, **more: Any
) -> WaitlistEntry:
    return waitlist.put_on_waitlist(
        patient=patient or world.patient,
        site=world.here,
        type=type or world.visit_type,
        from_date=TODAY,
        until_date=more.pop("until_date", TODAY + timedelta(days=30)),
        now=more.pop("now", NOW),
        by=world.nurse if "priority" in more else world.front_desk,
        **more,
    )


def offer(
    world: World,
    to: WaitlistEntry | None = None,
    starts_at: datetime = NOW + timedelta(days=10),
    practitioner: User | None = None,
    now: datetime = NOW,
) -> WaitlistOffer:
    return waitlist.offer_time(
        entry=to or entry(world),
        practitioner=practitioner or world.counselor,
        starts_at=starts_at,
        now=now,
        by=world.front_desk,
    )


def kiosk_link(world: World) -> tuple[KioskDevice, str]:
    return enroll_kiosk(site=world.here, name="Waiting room", now=NOW, by=world.clinical_director)


def kiosk(world: World) -> tuple[KioskDevice, str]:
    """A screen whose link was used, and its own secret."""
    by = service_account("check-in device", now=NOW)
    return open_kiosk(secret=kiosk_link(world)[1], now=NOW, by=by)


def decline(world: World) -> None:
    """Whatever offer is open is declined, so that another can be made."""
    for row in WaitlistOffer.objects.open().select_related("site"):
        waitlist.decline_offer(offer=row, now=NOW, by=world.front_desk)


def other_type(world: World) -> AppointmentType:
    found, _ = AppointmentType.objects.get_or_create(
        code="medical", defaults={"name": "Medical visit", "minutes": 30}
    )
    return found
