"""Actions on visit types."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.authz.roles import SEEING_PATIENTS
from access.enums import AuditAction, Permission, Role
from access.models import User
from appointments.enums import VisitMode
from appointments.locking import UNCHANGED, Unchanged
from appointments.models import AppointmentType
from common.errors import InvalidInput


@transaction.atomic
def set_up_visit_type(
    *,
    code: str,
    name: str,
    minutes: int,
    arm: str = "",
    buffer_minutes: int | None = None,
    capacity: int | None = None,
    modes: Iterable[VisitMode] | None = None,
    roles: Iterable[Role] | None = None,
    no_show_after_minutes: int | Unchanged | None = UNCHANGED,
    is_active: bool | None = None,
    now: datetime,
    by: User,
) -> AppointmentType:
    """Create or change a visit type; values that are not given stay.

    Visits already booked keep their length and buffer. `roles` are the roles that may give it; an
    empty list means every practitioner. Raises InvalidInput for a role with which no visit can be
    booked.
    """
    require_permission(by, Permission.SET_UP)
    if set(roles or ()) - SEEING_PATIENTS:
        raise InvalidInput("Appointments cannot be booked with this role.", field="roles")
    said: dict[str, Any] = {
        "buffer_minutes": buffer_minutes,
        "capacity": capacity,
        "modes": sorted(set(modes)) if modes else None,
        "roles": sorted(set(roles)) if roles is not None else None,
        "is_active": is_active,
    }
    wanted = {"name": name, "minutes": minutes, "arm": arm}
    wanted |= {key: value for key, value in said.items() if value is not None}
    if not isinstance(no_show_after_minutes, Unchanged):
        wanted["no_show_after_minutes"] = no_show_after_minutes
    known = AppointmentType.objects.select_for_update().filter(code=code).first()
    if known is not None and all(getattr(known, key) == value for key, value in wanted.items()):
        return known
    type, created = AppointmentType.objects.update_or_create(code=code, defaults=wanted)
    record(
        AuditAction.CREATE_VISIT_TYPE if created else AuditAction.CHANGE_VISIT_TYPE,
        on=type,
        now=now,
        by=by,
    )
    return type
