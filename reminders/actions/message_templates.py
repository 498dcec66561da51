"""Actions on message templates."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from reminders.enums import (
    Channel,
    Language,
    TemplateKind,
)
from reminders.message_templates import WrongText, check_text, refuse_too_long
from reminders.models import (
    MessageText,
)


@transaction.atomic
def write_message_text(
    *, kind: TemplateKind, language: Language, channel: Channel, text: str, now: datetime, by: User
) -> MessageText:
    """Save the clinic's own template; an empty `text` restores the shipped one.

    Raises InvalidInput with every reason why the text cannot be used.
    """
    require_permission(by, Permission.SET_UP_REMINDERS)
    rows = MessageText.objects.filter(kind=kind, language=language, channel=channel)
    words = " ".join(text.split())
    which = {"kind": kind, "language": language, "channel": channel}
    if not words:
        rows.delete()
        row = MessageText(**which)
        record(AuditAction.REMOVE_MESSAGE_TEMPLATE, on=row, now=now, by=by, detail=which)
        return row
    try:
        check_text(kind, words)
        refuse_too_long(language, channel, words)
    except WrongText as problem:
        raise InvalidInput(str(problem), field="text") from problem
    row, _ = rows.update_or_create(
        **which, defaults={"text": words}, create_defaults={"text": words, "recorded_at": now}
    )
    record(AuditAction.WRITE_MESSAGE_TEMPLATE, on=row, now=now, by=by, detail=which)
    return row
