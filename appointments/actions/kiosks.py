"""Actions on kiosks, the check-in devices of waiting rooms."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from appointments.device_keys import digest_of
from appointments.enums import EXPECTED, AppointmentStatus
from appointments.errors import AskAtTheDesk
from appointments.locking import locked_for, update_if_status
from appointments.models import Appointment, KioskDevice
from common.errors import NotFound
from common.text_input import required_words


@transaction.atomic
def enroll_kiosk(*, site: Site, name: str, now: datetime, by: User) -> tuple[KioskDevice, str]:
    """Enroll a kiosk of a site. The secret is returned once and not stored."""
    require_permission(by, Permission.SET_CALENDAR, on=KioskDevice(site=site))
    secret = secrets.token_urlsafe(32)
    device = KioskDevice.objects.create(
        site=site,
        name=required_words(name, "name"),
        digest=digest_of(secret),
        enrolled_by=by,
        enrolled_at=now,
    )
    record(AuditAction.ENROLL_KIOSK, on=device, now=now, by=by)
    return device, secret


@transaction.atomic
def open_kiosk(*, secret: str, now: datetime, by: User) -> tuple[KioskDevice, str]:
    """Exchange the secret of the enrollment link, once, for the kiosk's own secret.

    Raises NotFound for a link that was used, is revoked or is unknown. `by` is the service account.
    """
    device = (
        KioskDevice.objects.select_for_update()
        .filter(digest=digest_of(secret), opened_at__isnull=True, revoked_at__isnull=True)
        .first()
    )
    if device is None:
        raise NotFound
    own = secrets.token_urlsafe(32)
    device.digest, device.opened_at = digest_of(own), now
    device.save(update_fields=["digest", "opened_at"])
    record(AuditAction.OPEN_KIOSK, on=device, now=now, by=by)
    return device, own


@transaction.atomic
def revoke_kiosk(*, device: KioskDevice, now: datetime, by: User) -> None:
    """Revoke a kiosk, at once and for good."""
    require_permission(by, Permission.SET_CALENDAR, on=device)
    if KioskDevice.objects.filter(pk=device.pk, revoked_at__isnull=True).update(revoked_at=now):
        record(AuditAction.REVOKE_KIOSK, on=device, now=now, by=by)


@transaction.atomic
def arrive_by_code(
    *, device: KioskDevice, code: str, birth_date: date, now: datetime, by: User
) -> None:
    """Check a patient in at a kiosk, by the code of today's visit and the birth date.

    Raises AskAtTheDesk, the same for every failure. `by` is the kiosk's service account.
    """
    visit = (
        Appointment.objects.filter(
            site_id=device.site_id, status__in=EXPECTED, check_in_code=code.strip()
        )
        .exclude(check_in_code="")
        .select_related("site", "patient")
        .first()
    )
    # Compared even if there is no visit, so that both answers take the same time.
    born = visit.patient.birth_date if visit else date.min
    fits = constant_time_compare(born.isoformat(), birth_date.isoformat())
    if device.revoked_at is not None or visit is None or not fits or not visit.may_arrive(now):
        raise AskAtTheDesk
    with locked_for(visit):
        update_if_status(
            visit,
            EXPECTED,
            keep_version=True,
            status=AppointmentStatus.ARRIVED,
            arrived_at=now,
        )
        record(AuditAction.CHECK_IN, on=visit, now=now, by=by, detail={"device": device.pk})
        KioskDevice.objects.filter(pk=device.pk).update(last_used_at=now)
