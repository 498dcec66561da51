"""Visits to come, and visits that were missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from appointments.enums import EXPECTED, AppointmentStatus
from appointments.models import Appointment
from reminders.enums import SkipReason, Step, Subject, TextKind
from reminders.models import Reminder
from reminders.sources.base import Occasion


def not_planned(rows: QuerySet[Appointment], kind: Subject, step: Step) -> QuerySet[Appointment]:
    planned = Reminder.objects.filter(
        subject_kind=kind,
        subject_id=OuterRef("pk"),
        subject_version=OuterRef("version"),
        step=step,
    )
    return rows.filter(~Exists(planned)).select_related("site").order_by("starts_at", "pk")


class Visits:
    """Booked or confirmed: what the patient is expected for."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[Occasion]:
        rows = Appointment.objects.expected().filter(starts_at__gt=after, starts_at__lte=until)
        if type_id is not None:
            rows = rows.filter(type_id=type_id)
        elif other_types:
            rows = rows.exclude(type_id__in=other_types)
        return map(_to_come, not_planned(rows, Subject.APPOINTMENT, step))

    def now(self, subject_id: int, version: int) -> Occasion | SkipReason:
        row = Appointment.objects.select_related("site").filter(pk=subject_id).first()
        if row is None or row.status not in EXPECTED:
            return SkipReason.CANCELLED
        return SkipReason.MOVED if row.version != version else _to_come(row)


class MissedVisits:
    """Did not come, and nothing else is booked yet: one message, within a day of the visit."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[Occasion]:
        rows = missed_between(after, until).filter(~Exists(_later_visits(until)))
        return map(_missed, not_planned(rows, Subject.MISSED_VISIT, step))

    def now(self, subject_id: int, version: int) -> Occasion | SkipReason:
        row = Appointment.objects.select_related("site").filter(pk=subject_id).first()
        if row is None or row.status != AppointmentStatus.NO_SHOW:
            return SkipReason.SETTLED
        later = Appointment.objects.expected().filter(
            patient=row.patient_id, starts_at__gt=row.starts_at
        )
        return SkipReason.SETTLED if later.exists() else _missed(row)


def missed_between(after: datetime, until: datetime) -> QuerySet[Appointment]:
    """By the hour of the visit: whenever it is noticed, a message helps within a day of it."""
    return Appointment.objects.filter(
        status=AppointmentStatus.NO_SHOW, starts_at__gt=after, starts_at__lte=until
    )


def _later_visits(moment: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.expected().filter(patient=OuterRef("patient"), starts_at__gt=moment)


def _to_come(row: Appointment) -> Occasion:
    return Occasion(
        row.pk, row.version, row.patient_id, row.site, row.starts_at, row.held_since, TextKind.VISIT
    )


def _missed(row: Appointment) -> Occasion:
    return Occasion(
        row.pk,
        row.version,
        row.patient_id,
        row.site,
        row.starts_at,
        row.held_since,
        TextKind.REBOOK,
    )
