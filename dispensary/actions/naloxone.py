"""Actions on naloxone kits: given, or offered and declined."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.time_zones import refuse_future_date
from dispensary.enums import NaloxoneAnswer, NaloxoneProduct
from dispensary.models.naloxone import NaloxoneOffer
from patients.models import Patient

#: A higher number is probably a typing error. Clinic default.
MOST_KITS = 20


@transaction.atomic
def give_naloxone_kit(
    *,
    patient: Patient,
    product: NaloxoneProduct,
    number: int = 1,
    given_date: date,
    expires_date: date,
    lot: str = "",
    now: datetime,
    by: User,
) -> NaloxoneOffer:
    """Record `number` kits of one product and lot; `expires_date` is the date printed on them.

    Raises InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    if not 1 <= number <= MOST_KITS:
        raise InvalidInput(f"Enter 1 to {MOST_KITS} kits.", field="number")
    if expires_date <= given_date:
        raise InvalidInput(
            "This kit is expired on that date.",
            remedy="Check the year, or give another kit.",
            field="expires_date",
        )
    kit = {"product": product, "number": number, "expires_date": expires_date, "lot": lot.strip()}
    day = ("given_date", given_date)
    return _write(patient, NaloxoneAnswer.GIVEN, day, kit, AuditAction.GIVE_NALOXONE_KIT, now, by)


@transaction.atomic
def record_naloxone_declined(
    *, patient: Patient, declined_date: date, now: datetime, by: User
) -> NaloxoneOffer:
    """Record that the patient declined a kit; reminders about an earlier kit stop.

    Raises InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.RECORD_CLINICAL, on=patient)
    day = ("declined_date", declined_date)
    return _write(
        patient, NaloxoneAnswer.DECLINED, day, {}, AuditAction.RECORD_NALOXONE_DECLINED, now, by
    )


def _write(
    patient: Patient,
    answer: NaloxoneAnswer,
    named_day: tuple[str, date],
    kit: dict[str, Any],
    action: AuditAction,
    now: datetime,
    by: User,
) -> NaloxoneOffer:
    field, day = named_day
    refuse_future_date(day, zone=patient.site.time_zone, now=now, field=field)
    row = NaloxoneOffer.objects.create(
        patient=patient,
        site_id=patient.site_id,
        answer=answer,
        offered_date=day,
        offered_by=by,
        recorded_at=now,
        **kit,
    )
    record(action, on=row, now=now, by=by)
    return row
