"""The verbs on staff accounts. Each checks the right, changes rows and writes the audit row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from access.audit.record import record
from access.authz.policy import forget_roles, open_emergencies, require_permission
from access.enums import EmergencyReason, Permission, ReviewOutcome
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
    """One record, for reading, for EMERGENCY_ACCESS_HOURS; the privacy officer sees it at once.

    `password` proves that the person who signed in still sits there. Raises WrongPassword,
    InvalidInput or AlreadyOpen (45 CFR 164.312(a)(2)(ii)).
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
    record("open in emergency", on=opened, now=now, by=by, detail={"reason": reason})
    forget_roles(by)
    return opened


@transaction.atomic
def end_emergency(*, opened: EmergencyAccess, now: datetime, by: User) -> None:
    """One's own, before its hours are over."""
    if opened.user_id != by.pk:
        raise NotFound
    ended = EmergencyAccess.objects.filter(pk=opened.pk, ends_at__gt=now).update(ends_at=now)
    if ended:
        record("end emergency access", on=opened, now=now, by=by)
        forget_roles(by)


@transaction.atomic
def review_emergency(
    *, opened: EmergencyAccess, outcome: ReviewOutcome, words: str, now: datetime, by: User
) -> None:
    """What a look at it afterwards found, once, by somebody else. Raises AlreadyReviewed."""
    require_permission(by, Permission.REVIEW_EMERGENCIES, on=opened)
    if opened.user_id == by.pk:
        raise OwnAccessUnchanged(
            "Nobody reviews what they opened themselves.", remedy="Ask another privacy officer."
        )
    reviewed = EmergencyAccess.objects.filter(pk=opened.pk, reviewed_at__isnull=True).update(
        outcome=outcome,
        review_words=required_words(words, "words"),
        reviewed_at=now,
        reviewed_by=by,
    )
    if not reviewed:
        raise AlreadyReviewed
    record("review emergency access", on=opened, now=now, by=by, detail={"outcome": outcome})
