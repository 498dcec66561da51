"""Create follow-ups for staff, so that no patient who missed a visit or a dose is forgotten.

Runs every few minutes; running it twice creates nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction

from access.actions.accounts import service_account
from access.audit.record import entry
from access.enums import AuditAction
from access.models import AuditEntry, CareTeamPlace, User
from appointments.models import Appointment
from common.time_zones import day_of
from reminders.due_events import NewFollowUp
from reminders.enums import FollowUpReason
from reminders.models import FollowUp
from reminders.subjects import follow_up_finders

#: Key of the advisory lock: with one writer at a time no follow-up is created twice. Any number
#: will do.
WRITER = 7_304_001


def create_follow_ups(*, now: datetime) -> int:
    """Insert the follow-ups that do not exist yet; returns how many were new.

    A finder that fails does not stop the others; its error is raised at the end.
    """
    problems: list[Exception] = []
    noted = _create_missing(now, problems)
    if problems:
        raise problems[0]
    return noted


@transaction.atomic
def _create_missing(now: datetime, problems: list[Exception]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITER])
    needs: list[NewFollowUp] = []
    for find in follow_up_finders():
        try:
            with transaction.atomic():
                needs += list(find(now))
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:
            problems.append(problem)
    known = _existing_keys(needs)
    new = _called_once([need for need in needs if need.key not in known])
    if new:
        _write(new, now)
    return len(new)


def create_reschedule_follow_up(*, appointment: Appointment, now: datetime, by: User) -> bool:
    """Create the follow-up of a patient who asked by text or link for another time.

    Runs inside the caller's transaction; asking twice creates one. Returns False if staff have
    already finished it for this version, so that a staff member reads the new request.
    """
    need = NewFollowUp(
        FollowUpReason.RESCHEDULE,
        appointment.pk,
        appointment.patient_id,
        appointment.site_id,
        day_of(now, appointment.site.time_zone),
        appointment.version,
    )
    if need.key not in _existing_keys([need]):
        _write([need], now, by=by)
        return True
    reason, subject, version = need.key
    asked = FollowUp.objects.to_do().filter(reason=reason, subject_id=subject)
    return asked.filter(subject_version=version).exists()


def _existing_keys(needs: Iterable[NewFollowUp]) -> set[tuple[str, int, int]]:
    subjects = {need.subject_id for need in needs}
    rows = FollowUp.objects.filter(subject_id__in=subjects)
    return set(rows.values_list("reason", "subject_id", "subject_version"))


def _called_once(needs: list[NewFollowUp]) -> list[NewFollowUp]:
    """Keep one call for all misses of one kind by a patient.

    None is added while a call is still to be made, nor for a miss before a call that was made.
    """
    calls: dict[tuple[str, int], NewFollowUp] = {}
    for one in needs:
        latest = calls.get((str(one.reason), one.patient_id))
        if one.happened_at and (latest is None or one.is_later_than(latest)):
            calls[str(one.reason), one.patient_id] = one
    for reason, patient, done_at in FollowUp.objects.filter(
        reason__in={reason for reason, _ in calls}, patient__in={patient for _, patient in calls}
    ).values_list("reason", "patient_id", "done_at"):
        miss = calls.get((reason, patient))
        if miss and miss.happened_at and (done_at is None or done_at >= miss.happened_at):
            del calls[reason, patient]
    return [one for one in needs if not one.happened_at] + list(calls.values())


def _write(needs: list[NewFollowUp], now: datetime, by: User | None = None) -> None:
    actor = by or service_account("reminders", now=now)
    helpers = _care_team_members({need.patient_id for need in needs}, now)
    rows = FollowUp.objects.bulk_create(
        FollowUp(
            patient_id=need.patient_id,
            site_id=need.site_id,
            reason=need.reason,
            subject_id=need.subject_id,
            subject_version=need.version,
            due_date=need.due_date,
            for_user_id=helpers.get(need.patient_id),
            recorded_at=now,
        )
        for need in needs
    )
    AuditEntry.objects.bulk_create(
        entry(AuditAction.CREATE_FOLLOW_UP, on=row, now=now, by=actor) for row in rows
    )


def _care_team_members(patients: set[int], now: datetime) -> dict[int, int]:
    """Return the longest-serving care team member of each patient; others may do it, too."""
    places = CareTeamPlace.objects.filter(patient_id__in=patients).on(now.date())
    newest_first = places.order_by("-since_date", "-pk").values_list("patient_id", "user_id")
    return dict(newest_first)
