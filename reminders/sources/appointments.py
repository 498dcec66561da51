"""Sources of upcoming visits and of missed visits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from appointments.enums import EXPECTED, AppointmentStatus
from appointments.models import Appointment
from reminders.due_events import DueEvent
from reminders.enums import SkipReason, Step, Subject
from reminders.models import Reminder


def not_planned(rows: QuerySet[Appointment], kind: Subject, step: Step) -> QuerySet[Appointment]:
    """Return the rows that have no reminder of `step` yet, with their site.

    The subquery is answered for each row by the index of the unique constraint. NOT EXISTS would
    become a join: on a morning when very many reminders of a step were planned that the statistics
    do not include yet, the database joins every row with every reminder, which takes minutes
    instead of a second.
    """
    planned = Reminder.objects.filter(
        subject_kind=kind,
        subject_id=OuterRef("pk"),
        subject_version=OuterRef("version"),
        step=step,
    )
    asked = rows.alias(planned=Subquery(planned.values("pk")[:1])).filter(planned__isnull=True)
    # Encrypted columns are not read: one row that cannot be decrypted would stop planning for all.
    asked = asked.defer("note", "cancel_reason")
    return asked.select_related("site").order_by("starts_at", "pk")


class UpcomingVisits:
    """Appointments that are booked or confirmed."""

    statuses: ClassVar[tuple[AppointmentStatus, ...]] = EXPECTED

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        rows = Appointment.objects.filter(
            status__in=self.statuses, starts_at__gt=after, starts_at__lte=until
        )
        if type_id is not None:
            rows = rows.filter(type_id=type_id)
        elif other_types:
            rows = rows.exclude(type_id__in=other_types)
        return map(_to_come, not_planned(rows, Subject.APPOINTMENT, step))

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        row = Appointment.objects.select_related("site").filter(pk=subject_id).first()
        if row is None or row.status not in EXPECTED:
            return SkipReason.CANCELLED
        return SkipReason.MOVED if row.version != version else _to_come(row)


class LapsedVisits(UpcomingVisits):
    """Appointments that passed while planning was not running, including later no-shows."""

    statuses = (*EXPECTED, AppointmentStatus.NO_SHOW)


class MissedVisits:
    """No-shows with nothing booked since: one message, within a day of the visit."""

    def due(
        self,
        *,
        after: datetime,
        until: datetime,
        step: Step,
        type_id: int | None,
        other_types: frozenset[int],
    ) -> Iterable[DueEvent]:
        rows = missed_between(after, until)
        return map(_missed, not_planned(rows, Subject.MISSED_VISIT, step))

    def now(self, subject_id: int, version: int) -> DueEvent | SkipReason:
        row = _missed_for_good().select_related("site").filter(pk=subject_id).first()
        return _missed(row) if row else SkipReason.SETTLED


def missed_between(after: datetime, until: datetime) -> QuerySet[Appointment]:
    """Return no-shows with nothing booked since, by the start of the visit.

    A message helps within a day of it.
    """
    return _missed_for_good().filter(starts_at__gt=after, starts_at__lte=until)


def _missed_for_good() -> QuerySet[Appointment]:
    """Return no-shows without an appointment booked or moved after the miss.

    Later dates of a series that were booked before the miss do not count.
    """
    later = Appointment.objects.expected().filter(
        patient=OuterRef("patient"),
        starts_at__gt=OuterRef("starts_at"),
        held_since__gte=OuterRef("starts_at"),
    )
    return Appointment.objects.filter(~Exists(later), status=AppointmentStatus.NO_SHOW)


def _to_come(row: Appointment) -> DueEvent:
    return DueEvent(
        row.pk,
        row.version,
        row.patient_id,
        row.site,
        row.starts_at,
        row.held_since,
    )


def _missed(row: Appointment) -> DueEvent:
    return DueEvent(
        row.pk,
        row.version,
        row.patient_id,
        row.site,
        row.starts_at,
        row.held_since,
    )


UPCOMING_VISITS = UpcomingVisits()
LAPSED_VISITS = LapsedVisits()
MISSED_VISITS = MissedVisits()
