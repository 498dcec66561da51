"""Actions on call-backs: counts of take-home bottles at the clinic (diversion control)."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.time_zones import day_of
from dispensary.enums import CallBackOutcome
from dispensary.errors import AlreadyCalledBack, AlreadyCounted, NothingTakenHome
from dispensary.models.call_backs import LONGEST_NOTICE, CallBack
from dispensary.models.doses import DoseRecord
from patients.models import Patient


def call_back_take_homes(
    *, patient: Patient, due_at: datetime, now: datetime, by: User
) -> CallBack:
    """Ask a patient to bring their take-home doses by `due_at`, at most a week ahead.

    Usually it is within a day. A program's diversion control plan says which patients are called
    back and how often (42 CFR 8.12(c)). The message says only that the patient is expected. Raises
    NothingTakenHome, AlreadyCalledBack, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_DOSES, on=patient)
    if not now < due_at <= now + LONGEST_NOTICE:
        raise InvalidInput(f"The time must be within {LONGEST_NOTICE.days} days.", field="due_at")
    today = day_of(now, patient.site.time_zone)
    at_home = DoseRecord.objects.filter(patient=patient).effective().at_home(today)
    if not at_home.exists():
        raise NothingTakenHome
    try:
        with transaction.atomic():
            row = CallBack.objects.create(
                patient=patient,
                site_id=patient.site_id,
                asked_at=now,
                asked_by=by,
                due_at=due_at,
                recorded_at=now,
            )
            record(AuditAction.CALL_BACK_TAKE_HOMES, on=row, now=now, by=by)
    except IntegrityError as problem:
        raise AlreadyCalledBack from problem
    return row


@transaction.atomic
def count_take_homes(
    *,
    call_back: CallBack,
    outcome: CallBackOutcome,
    missing: int | None = None,
    note: str = "",
    now: datetime,
    by: User,
) -> CallBack:
    """Record the outcome of a call-back, once.

    `missing` is the number of doses that are missing or opened, and goes only with that outcome.
    "Did not come" cannot be recorded before the time until which the patient was expected. Raises
    AlreadyCounted, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_DOSES, on=call_back)
    _check_missing(outcome, missing)
    if outcome == CallBackOutcome.DID_NOT_COME and now < call_back.due_at:
        raise InvalidInput(
            "The patient is still expected: the time has not passed yet.", field="outcome"
        )
    waited_for = CallBack.objects.waited_for().filter(pk=call_back.pk)
    if not waited_for.update(
        outcome=outcome, missing=missing, counted_at=now, counted_by=by, note=note.strip()
    ):
        raise AlreadyCounted
    record(AuditAction.COUNT_TAKE_HOMES, on=call_back, now=now, by=by)
    call_back.refresh_from_db()
    return call_back


def _check_missing(outcome: CallBackOutcome, missing: int | None) -> None:
    if outcome == CallBackOutcome.MISSING and not missing:
        raise InvalidInput("Enter how many doses are missing or opened.", field="missing")
    if outcome != CallBackOutcome.MISSING and missing is not None:
        raise InvalidInput(
            "Leave this empty, or choose “Doses missing or opened”.", field="missing"
        )
