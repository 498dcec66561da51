"""Mark no-shows by rule, as a step of the minutely job.

Running it twice, or after an hour's gap, gives the same result. Every change has an audit entry in
the name of a service account.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Func

from access.audit.record import record
from access.enums import AuditAction
from access.models import User
from appointments.enums import EXPECTED, AppointmentStatus, MissReason
from appointments.errors import WrongState
from appointments.locking import locked_for, update_if_status
from appointments.models import Appointment
from appointments.models.appointments import ENCRYPTED_FIELDS

#: Missed visits older than this are left to staff, as after an import.
LONGEST_BACK = timedelta(days=7)
#: After a long outage the worker handles its backlog in several runs.
MOST_AT_ONCE = 500


def mark_no_shows(*, now: datetime, by: User) -> int:
    """Mark expected visits as no-shows after the time that their type sets (docs/clinical.md)."""
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
        .defer(*ENCRYPTED_FIELDS)
        .order_by("starts_at", "id")[:MOST_AT_ONCE]
    )
    return sum(_mark_one(visit, now, by) for visit in due)


def _mark_one(visit: Appointment, now: datetime, by: User) -> int:
    try:
        with locked_for(visit):
            update_if_status(
                visit,
                EXPECTED,
                keep_version=True,
                status=AppointmentStatus.NO_SHOW,
                miss_reason=MissReason.UNKNOWN,
            )
            record(AuditAction.MARK_NO_SHOW, on=visit, now=now, by=by, detail={"by": "rule"})
    except WrongState:
        return 0  # staff at the desk were quicker
    return 1
