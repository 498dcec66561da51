"""Actions on emergency access ("break-glass").

Each action checks the permission, changes rows and writes the audit entry in one transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from access.audit.record import record
from access.authz.policy import forget_roles, open_emergencies, require_permission
from access.enums import AuditAction, EmergencyReason, Permission, ReviewOutcome
from access.errors import (
    AlreadyOpen,
    AlreadyReviewed,
    OwnAccessUnchanged,
    WrongPassword,
)
from access.models import (
    EmergencyAccess,
    User,
)
from common.errors import NotFound
from common.text_input import required_words


@transaction.atomic
def open_in_emergency(
    *,
    patient: Any,
    reason: EmergencyReason,
    words: str,
    password: str,
    now: datetime,
    by: User,
) -> EmergencyAccess:
    """Open one record for reading for EMERGENCY_ACCESS_HOURS; the privacy officer sees it.

    `password` shows that the person who signed in is still the one using the session. Emergency
    access is required by 45 CFR 164.312(a)(2)(ii). Raises WrongPassword, InvalidInput, AlreadyOpen
    or NotPermitted.
    """
    require_permission(by, Permission.OPEN_IN_EMERGENCY)
    if not by.check_password(password):
        raise WrongPassword(field="password")
    if open_emergencies(by).get(patient.pk):
        raise AlreadyOpen
    opened = EmergencyAccess.objects.create(
        user=by,
        patient_id=patient.pk,
        site_id=patient.site_id,
        reason=reason,
        words=required_words(words, "words"),
        opened_at=now,
        ends_at=now + timedelta(hours=settings.EMERGENCY_ACCESS_HOURS),
    )
    record(AuditAction.OPEN_EMERGENCY_ACCESS, on=opened, now=now, by=by, detail={"reason": reason})
    forget_roles(by)
    return opened


@transaction.atomic
def end_emergency(*, opened: EmergencyAccess, now: datetime, by: User) -> None:
    """End one's own emergency access before its hours are over.

    Raises NotFound if another user opened it.
    """
    if opened.user_id != by.pk:
        raise NotFound
    ended = EmergencyAccess.objects.filter(pk=opened.pk, ends_at__gt=now).update(ends_at=now)
    if ended:
        record(AuditAction.END_EMERGENCY_ACCESS, on=opened, now=now, by=by)
        forget_roles(by)


@transaction.atomic
def review_emergency(
    *, opened: EmergencyAccess, outcome: ReviewOutcome, words: str, now: datetime, by: User
) -> None:
    """Record the result of the review, once, by a person other than the one who opened it.

    Raises AlreadyReviewed, OwnAccessUnchanged, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.REVIEW_EMERGENCIES, on=opened)
    if opened.user_id == by.pk:
        raise OwnAccessUnchanged(
            "You cannot review your own emergency access.", remedy="Ask another privacy officer."
        )
    reviewed = EmergencyAccess.objects.filter(pk=opened.pk, reviewed_at__isnull=True).update(
        outcome=outcome,
        review_words=required_words(words, "words"),
        reviewed_at=now,
        reviewed_by=by,
    )
    if not reviewed:
        raise AlreadyReviewed
    record(
        AuditAction.REVIEW_EMERGENCY_ACCESS, on=opened, now=now, by=by, detail={"outcome": outcome}
    )
