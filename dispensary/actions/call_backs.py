"""The verbs on call-backs: somebody with doses at home brings them to be counted (diversion control)."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import Permission
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
    """The patient is to bring the doses taken home by `due_at`: usually within a day, a week at most.

    A program's diversion control plan says who is called and how often (42 CFR 8.12(c)); the message
    says no more than that somebody is expected. Raises NothingTakenHome or AlreadyCalledBack.
    """
    require_permission(by, Permission.RECORD_DOSES, on=patient)
    if not now < due_at <= now + LONGEST_NOTICE:
        raise InvalidInput(
            f"Somebody is called back within {LONGEST_NOTICE.days} days.", field="due_at"
        )
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
            record("call back take-home doses", on=row, now=now, by=by)
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
    """What came of it, once. `missing` counts doses that are missing or opened, with that outcome only.

    Nobody "did not come" before the moment until which they were expected. Raises AlreadyCounted.
    """
    require_permission(by, Permission.RECORD_DOSES, on=call_back)
    _check_missing(outcome, missing)
    if outcome == CallBackOutcome.DID_NOT_COME and now < call_back.due_at:
        raise InvalidInput("They are still expected: the time is not over.", field="outcome")
    waited_for = CallBack.objects.waited_for().filter(pk=call_back.pk)
    if not waited_for.update(
        outcome=outcome, missing=missing, counted_at=now, counted_by=by, note=note.strip()
    ):
        raise AlreadyCounted
    record("count take-home doses", on=call_back, now=now, by=by)
    call_back.refresh_from_db()
    return call_back


def _check_missing(outcome: CallBackOutcome, missing: int | None) -> None:
    if outcome == CallBackOutcome.MISSING and not missing:
        raise InvalidInput("Write how many are missing or opened.", field="missing")
    if outcome != CallBackOutcome.MISSING and missing is not None:
        raise InvalidInput("Leave this empty, or choose that doses are missing.", field="missing")
