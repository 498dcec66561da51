"""Actions on reminders: send one again, plan and send now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from reminders.enums import (
    ReminderStatus,
)
from reminders.errors import NotResendable
from reminders.job_health import PLANNING, SENDING, run_job
from reminders.models import (
    Reminder,
)
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders


@transaction.atomic
def send_again(*, reminder: Reminder, now: datetime, by: User) -> Reminder:
    """Put a failed or uncertain reminder back in the queue, because a staff member asked for it.

    The staff member wants another message, so the gateway gets a new key. The usual rules hold: at
    night it waits, and close to the visit it is skipped. Raises NotResendable.
    """
    require_permission(by, Permission.MANAGE_REMINDERS, on=reminder)
    changed = Reminder.objects.filter(
        pk=reminder.pk, status__in=[ReminderStatus.FAILED, ReminderStatus.UNCERTAIN]
    ).update(
        status=ReminderStatus.DUE,
        due_at=now,
        claimed_at=None,
        handed_over_at=None,
        finished_at=None,
        failure="",
        asked_again=F("asked_again") + 1,
    )
    if not changed:
        raise NotResendable
    record(AuditAction.SEND_REMINDER_AGAIN, on=reminder, now=now, by=by)
    reminder.refresh_from_db()
    return reminder


def run_now(*, now: datetime, by: User) -> dict[str, int]:
    """Plan and send at once, for some seconds, even while neither worker nor beat is running.

    Safe to run beside them. Returns what was done, as the jobs page shows it.
    """
    require_permission(by, Permission.MANAGE_REMINDERS)
    with transaction.atomic():
        record(AuditAction.RUN_REMINDERS, on=by, now=now, by=by)
    planned = run_job(PLANNING, lambda: {"planned": plan_due_reminders(now=now)}, now=now)
    return planned | run_job(SENDING, lambda: send_due_reminders(now=now), now=now)
