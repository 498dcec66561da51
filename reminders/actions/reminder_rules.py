"""Actions on reminder rules."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from appointments.models import AppointmentType
from common.errors import InvalidInput
from reminders.enums import (
    Step,
    Subject,
)
from reminders.models import (
    ReminderRule,
)
from reminders.subjects import SUBJECTS


@transaction.atomic
def set_reminder_rule(
    *,
    subject_kind: Subject,
    step: Step,
    appointment_type: AppointmentType | None = None,
    by_sms: bool,
    by_email: bool,
    is_active: bool,
    now: datetime,
    by: User,
) -> ReminderRule:
    """Set whether and how one step is sent, for one visit type or for all without own rules.

    Raises InvalidInput if the step is not offered, if no channel is chosen, or if a subject other
    than appointments has a rule for a visit type.
    """
    require_permission(by, Permission.SET_UP_REMINDERS)
    if step not in SUBJECTS[subject_kind].offered_steps:
        raise InvalidInput("This step is not available for this reminder.", field="step")
    if is_active and not (by_sms or by_email):
        raise InvalidInput(
            "Choose text message, e-mail or both, or switch the rule off.", field="by_sms"
        )
    if appointment_type is not None and subject_kind != Subject.APPOINTMENT:
        raise InvalidInput(
            "Only appointments can have rules by visit type.", field="appointment_type"
        )
    values = {"by_sms": by_sms, "by_email": by_email, "is_active": is_active}
    rule, _ = ReminderRule.objects.update_or_create(
        subject_kind=subject_kind,
        step=step,
        appointment_type=appointment_type,
        defaults=values,
        create_defaults={**values, "recorded_at": now},
    )
    detail = {
        "about": subject_kind,
        "step": step,
        "type": getattr(appointment_type, "code", ""),
        **values,
    }
    record(AuditAction.SET_REMINDER_RULE, on=rule, now=now, by=by, detail=detail)
    return rule


@transaction.atomic
def change_reminder_rule(
    *,
    rule: ReminderRule,
    by_sms: bool | None = None,
    by_email: bool | None = None,
    is_active: bool | None = None,
    now: datetime,
    by: User,
) -> ReminderRule:
    """Change the given values of a rule; a value of None keeps what is in the table now."""
    require_permission(by, Permission.SET_UP_REMINDERS)
    held = ReminderRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
    return set_reminder_rule(
        subject_kind=Subject(held.subject_kind),
        step=Step(held.step),
        appointment_type=held.appointment_type,
        by_sms=held.by_sms if by_sms is None else by_sms,
        by_email=held.by_email if by_email is None else by_email,
        is_active=held.is_active if is_active is None else is_active,
        now=now,
        by=by,
    )
