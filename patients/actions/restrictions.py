"""Actions on requests to restrict disclosures (42 CFR 2.26): take, decide and end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.text_input import required_words
from patients.consents.common import clean_text, lock, refuse_future
from patients.enums import Purpose, RestrictionDecision, RestrictionEndGround
from patients.errors import AlreadyDecided, AlreadyLifted, MustBeAgreed, WasRefused
from patients.models import Patient, PendingRestriction, RestrictionEnd, RestrictionRequest
from patients.models.consents import TPO_PURPOSES


@transaction.atomic
def ask_for_restriction(
    *, patient: Patient, request: str, asked_date: date, now: datetime, by: User
) -> PendingRestriction:
    """Record a patient's request not to disclose something; it has no effect until decided.

    Raises InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CONSENTS, on=patient)
    refuse_future(asked_date, patient, now, "asked_date")
    row = PendingRestriction.objects.create(
        patient=patient,
        site_id=patient.site_id,
        request=required_words(request, "request"),
        asked_date=asked_date,
        taken_by=by,
        recorded_at=now,
    )
    record(AuditAction.ASK_FOR_RESTRICTION, on=row, now=now, by=by)
    return row


def decide_restriction(
    *,
    patient: Patient,
    request: str,
    requested_date: date,
    purposes: Sequence[str],
    decision: RestrictionDecision,
    reason: str,
    information: Sequence[str] = (),
    recipient: str = "",
    to_health_plan: bool = False,
    is_paid_in_full: bool = False,
    wish: PendingRestriction | None = None,
    now: datetime,
    by: User,
) -> RestrictionRequest:
    """Record a patient's request not to disclose something, and the decision (42 CFR 2.26).

    An agreed restriction binds the clinic. No `information` means all of the record, no `recipient`
    means everybody. `wish` is the pending request that this decides, if one was recorded before.
    Raises MustBeAgreed (2.26(a)(6)), AlreadyDecided, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.DECIDE_RESTRICTIONS, on=patient)
    refuse_future(requested_date, patient, now, "requested_date")
    if not purposes or not set(purposes) <= set(TPO_PURPOSES):
        raise InvalidInput(
            "A restriction must be about treatment, payment or operations.", field="purposes"
        )
    must_agree = to_health_plan and is_paid_in_full and Purpose.TREATMENT not in purposes
    if must_agree and decision == RestrictionDecision.REFUSED:
        raise MustBeAgreed(field="decision")
    with transaction.atomic():
        lock(patient)
        _refuse_decided(wish, patient)
        row = RestrictionRequest.objects.create(
            wish=wish,
            patient=patient,
            site_id=patient.site_id,
            request=required_words(request, "request"),
            requested_date=requested_date,
            purposes=list(purposes),
            information=list(information),
            recipient=clean_text(recipient),
            to_health_plan=to_health_plan,
            is_paid_in_full=is_paid_in_full,
            decision=decision,
            reason=required_words(reason, "reason"),
            decided_at=now,
            decided_by=by,
            recorded_at=now,
        )
        record(
            AuditAction.DECIDE_RESTRICTION, on=row, now=now, by=by, detail={"decision": decision}
        )
    return row


def _refuse_decided(wish: PendingRestriction | None, patient: Patient) -> None:
    if wish is None:
        return
    if wish.patient_id != patient.pk:
        raise InvalidInput("This request is from another patient.", field="wish")
    if not PendingRestriction.objects.waiting().filter(pk=wish.pk).exists():
        raise AlreadyDecided


@transaction.atomic
def end_restriction(
    *,
    restriction: RestrictionRequest,
    ground: RestrictionEndGround,
    words: str,
    now: datetime,
    by: User,
) -> RestrictionEnd:
    """End an agreed restriction that the patient lifts (45 CFR 164.522(a)(2)).

    Raises WasRefused if the request was not agreed to, AlreadyLifted, InvalidInput, NotPermitted or
    NotFound.
    """
    require_permission(by, Permission.DECIDE_RESTRICTIONS, on=restriction)
    if restriction.decision != RestrictionDecision.AGREED:
        raise WasRefused
    lock(restriction.patient)
    if RestrictionEnd.objects.filter(restriction=restriction).exists():
        raise AlreadyLifted
    row = RestrictionEnd.objects.create(
        restriction=restriction,
        patient_id=restriction.patient_id,
        site_id=restriction.site_id,
        ground=ground,
        words=required_words(words, "words"),
        ended_at=now,
        ended_by=by,
        recorded_at=now,
    )
    record(AuditAction.LIFT_RESTRICTION, on=row, now=now, by=by, detail={"ground": ground})
    return row
