"""The verbs that staff have on reminders. Planning and sending are jobs of their own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from access.audit import record
from access.enums import Right
from access.models import User
from access.policy import require
from reminders.enums import ReminderStatus
from reminders.errors import NotResendable
from reminders.models import Reminder


@transaction.atomic
def send_again(*, reminder: Reminder, now: datetime, by: User) -> Reminder:
    """Put a failed or uncertain reminder back in the queue, on a person's word.

    The person wants another message, so the gateway sees a new key. What holds for every
    sending holds for this one: at night it waits, and close to the visit it is skipped.
    """
    require(by, Right.MANAGE_REMINDERS, on=reminder)
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
    record("send reminder again", on=reminder, now=now, by=by)
    reminder.refresh_from_db()
    return reminder
