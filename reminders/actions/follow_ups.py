"""Actions on follow-ups."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from reminders.enums import (
    FOLLOW_UP_PERMISSIONS,
    FollowUpOutcome,
)
from reminders.errors import AlreadyDone
from reminders.models import (
    FollowUp,
)


@transaction.atomic
def finish_follow_up(
    *, follow_up: FollowUp, outcome: FollowUpOutcome, note: str = "", now: datetime, by: User
) -> FollowUp:
    """Finish a follow-up with its outcome. Raises AlreadyDone."""
    require_permission(by, Permission.FOLLOW_UP, on=follow_up)
    require_permission(by, FOLLOW_UP_PERMISSIONS[follow_up.reason], on=follow_up)
    done = FollowUp.objects.to_do().filter(pk=follow_up.pk)
    if not done.update(outcome=outcome, note=note.strip(), done_at=now, done_by=by):
        raise AlreadyDone
    record(AuditAction.FINISH_FOLLOW_UP, on=follow_up, now=now, by=by, detail={"outcome": outcome})
    follow_up.refresh_from_db()
    return follow_up
