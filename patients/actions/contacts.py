"""Actions on contact points, emergency contacts and identifiers of patients."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import Conflict
from common.text_input import required_words
from patients.enums import ContactKind
from patients.identity import email_address, phone_number
from patients.models import (
    ContactPoint,
    EmergencyContact,
    Identifier,
    Patient,
)


@transaction.atomic
def add_contact_point(
    *,
    patient: Patient,
    kind: ContactKind,
    value: str,
    may_send_messages: bool,
    may_leave_message: bool = False,
    is_shared: bool = False,
    now: datetime,
    by: User,
) -> ContactPoint:
    """Add or change a phone number or e-mail address and what the patient allows there.

    Raises InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.EDIT_IDENTITY, on=patient)
    checked = phone_number(value) if kind == ContactKind.PHONE else email_address(value)
    allowed = {
        "may_send_messages": may_send_messages,
        "may_leave_message": may_leave_message,
        "is_shared": is_shared,
        "is_active": True,
    }
    point, _ = ContactPoint.objects.of_value(checked).update_or_create(
        patient=patient,
        kind=kind,
        defaults=allowed,
        create_defaults={**allowed, "value": checked, "recorded_at": now},
    )
    record(AuditAction.SET_CONTACT_POINT, on=point, now=now, by=by, detail={"kind": kind})
    return point


@transaction.atomic
def retire_contact_point(*, contact_point: ContactPoint, now: datetime, by: User) -> None:
    """Stop all messages to a contact point. Raises NotPermitted or NotFound."""
    require_permission(by, Permission.EDIT_IDENTITY, on=contact_point.patient)
    contact_point.is_active = False
    contact_point.save(update_fields=["is_active"])
    record(AuditAction.RETIRE_CONTACT_POINT, on=contact_point, now=now, by=by)


@transaction.atomic
def add_emergency_contact(
    *,
    patient: Patient,
    name: str,
    phone: str,
    relationship: str = "",
    knows_of_treatment: bool = False,
    now: datetime,
    by: User,
) -> EmergencyContact:
    """Add an emergency contact. Raises InvalidInput, NotPermitted or NotFound."""
    require_permission(by, Permission.EDIT_IDENTITY, on=patient)
    contact = EmergencyContact.objects.create(
        patient=patient,
        name=required_words(name, "name"),
        phone=phone_number(phone, "phone"),
        relationship=relationship.strip(),
        knows_of_treatment=knows_of_treatment,
        recorded_at=now,
    )
    record(AuditAction.ADD_EMERGENCY_CONTACT, on=contact, now=now, by=by)
    return contact


def add_identifier(
    *, patient: Patient, system: str, value: str, now: datetime, by: User
) -> Identifier:
    """Add the patient's number in another system.

    Raises Conflict if the number belongs to a patient of the site already, InvalidInput,
    NotPermitted or NotFound.
    """
    require_permission(by, Permission.EDIT_IDENTITY, on=patient)
    taken = Conflict(
        "Another patient already has this number in that system.", remedy="Check the number."
    )
    system, value = required_words(system, "system"), required_words(value, "value")
    # The constraint compares one hash; while encryption keys are rotated, a number may have two.
    same = Identifier.objects.of_value(value).filter(site=patient.site_id, system=system)
    if same.exists():
        raise taken
    try:
        with transaction.atomic():
            identifier = Identifier.objects.create(
                patient=patient,
                site_id=patient.site_id,
                system=system,
                value=value,
                recorded_at=now,
            )
            record(
                AuditAction.ADD_IDENTIFIER, on=identifier, now=now, by=by, detail={"system": system}
            )
    except IntegrityError as problem:
        raise taken from problem
    return identifier
