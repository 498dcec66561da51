"""Reads of the calendar, for a face to show."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from access.models import Site, User
from access.policy import Anyone
from access.roles import SEEING_PATIENTS
from appointments.enums import HOLDING
from appointments.models import Appointment, AppointmentType
from common.days import day_bounds, moment_of
from patients.models import Patient

#: Booking offers times between these hours, on this step.
OPENS, CLOSES, STEP = time(7), time(18), timedelta(minutes=15)


def practitioners_at(*, site: Site) -> QuerySet[User]:
    """Staff of `site` with whom a visit can be booked, by name."""
    return (
        User.objects.filter(
            is_active=True,
            role_assignments__site=site,
            role_assignments__role__in=SEEING_PATIENTS,
        )
        .distinct()
        .order_by("name", "id")
    )


def day_schedule(*, site: Site, day: date, user: Anyone) -> list[Appointment]:
    """All appointments of a clinic day at `site`, in order; one query."""
    begins, ends = day_bounds(day, site.time_zone)
    return list(
        Appointment.objects.visible_to(user)
        .filter(site=site, starts_at__gte=begins, starts_at__lt=ends)
        .select_related("patient", "type", "practitioner", "room", "site")
        .order_by("starts_at", "id")
    )


def free_times(
    *,
    patient: Patient,
    site: Site,
    type: AppointmentType,
    practitioner: User,
    day: date,
    now: datetime,
) -> list[datetime]:
    """Starts on `day` at which neither patient nor practitioner is held, `type.minutes` long."""
    begins, ends = day_bounds(day, site.time_zone)
    held = list(
        Appointment.objects.filter(Q(patient=patient) | Q(practitioner=practitioner))
        .filter(status__in=HOLDING, starts_at__lt=ends, ends_at__gt=begins)
        .values_list("starts_at", "ends_at")
    )
    length = timedelta(minutes=type.minutes)
    closes = moment_of(day, CLOSES, site.time_zone)
    start = moment_of(day, OPENS, site.time_zone)
    free = []
    while start + length <= closes:
        if start > now and all(start >= end or start + length <= begin for begin, end in held):
            free.append(start)
        start += STEP
    return free
