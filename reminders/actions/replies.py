"""Actions on replies by text."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from reminders.errors import AlreadyDone
from reminders.models import (
    IncomingText,
)


@transaction.atomic
def close_text(*, incoming: IncomingText, note: str, now: datetime, by: User) -> IncomingText:
    """Close a text that a staff member has read and dealt with.

    Raises AlreadyDone, or InvalidInput if the note is empty.
    """
    require_permission(by, Permission.FOLLOW_UP, on=incoming.patient)
    if not note.strip():
        raise InvalidInput("Enter what was done.", field="note")
    open_now = IncomingText.objects.to_read().filter(pk=incoming.pk)
    if not open_now.update(closed_at=now, closed_by=by, note=note.strip()):
        raise AlreadyDone
    record(AuditAction.CLOSE_REPLY, on=incoming, now=now, by=by)
    incoming.refresh_from_db()
    return incoming
