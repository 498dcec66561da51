"""Actions on message preferences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.banned_words import banned_word
from common.errors import InvalidInput
from patients.enums import ContactKind
from patients.models import ContactPoint, Patient
from reminders.models import (
    MessagePreferences,
)
from reminders.models.message_preferences import EARLIEST, LATEST, LONGEST_ALIAS

WISHES = (
    "by_sms",
    "by_email",
    "phone",
    "email",
    "from_time",
    "until_time",
    "time_zone",
    "alias",
    "paused_until",
)


@transaction.atomic
def set_message_preferences(
    *, patient: Patient, wishes: Mapping[str, Any], now: datetime, by: User
) -> MessagePreferences:
    """Set how a patient wants messages. `wishes` holds some of WISHES; the others stay.

    The hours must lie within 08:00–21:00 of the patient's time zone. Raises InvalidInput with the
    field that is wrong.
    """
    require_permission(by, Permission.EDIT_IDENTITY, on=patient)
    values = {name: wishes[name] for name in WISHES if name in wishes}
    known = MessagePreferences.objects.select_for_update().filter(patient=patient).first()
    row = known or MessagePreferences(patient=patient, recorded_at=now)
    before = {name: getattr(row, name) for name in WISHES}
    for name, value in values.items():
        setattr(row, name, value)
    _check_wishes(row, patient)
    row.alias = row.alias.strip()
    row.save()
    fields = sorted(name for name in WISHES if getattr(row, name) != before[name])
    record(AuditAction.SET_MESSAGE_PREFERENCES, on=row, now=now, by=by, detail={"fields": fields})
    return row


def _check_wishes(row: MessagePreferences, patient: Patient) -> None:
    _check_hours(row.from_time, row.until_time)
    if row.time_zone and row.time_zone not in available_timezones():
        raise InvalidInput("This time zone does not exist.", field="time_zone")
    word = banned_word(row.alias)
    if word:
        raise InvalidInput(f"A message must not say “{word}”.", field="alias")
    if len(row.alias.strip()) > LONGEST_ALIAS or set(row.alias) & set("{}\r\n"):
        raise InvalidInput(f"Use at most {LONGEST_ALIAS} characters and no braces.", field="alias")
    for field, kind in (("phone", ContactKind.PHONE), ("email", ContactKind.EMAIL)):
        _check_point(getattr(row, field), kind, patient, field)


def _check_hours(begins: time, ends: time) -> None:
    if not EARLIEST <= begins < ends <= LATEST:
        raise InvalidInput(
            "The hours must be between 08:00 and 21:00, and the start must be before the end.",
            field="from_time",
        )


def _check_point(
    point: ContactPoint | None, kind: ContactKind, patient: Patient, field: str
) -> None:
    if point is None:
        return
    if point.patient_id != patient.pk or point.kind != kind or not point.is_active:
        raise InvalidInput(
            "Choose a number or address of this patient that is in use.", field=field
        )
    if not point.may_send_messages:
        raise InvalidInput("The patient does not allow messages there.", field=field)
