"""Actions on rooms."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from appointments.models import Room


@transaction.atomic
def set_up_room(
    *,
    site: Site,
    name: str,
    capacity: int | None = None,
    is_active: bool | None = None,
    now: datetime,
    by: User,
) -> Room:
    """Create a room of a site, or change its capacity and whether it is in use."""
    require_permission(by, Permission.SET_UP, on=Room(site=site))
    said = {"capacity": capacity, "is_active": is_active}
    wanted = {key: value for key, value in said.items() if value is not None}
    known = Room.objects.select_for_update().filter(site=site, name=name).first()
    if known is not None and all(getattr(known, key) == value for key, value in wanted.items()):
        return known
    room, created = Room.objects.update_or_create(site=site, name=name, defaults=wanted)
    record(AuditAction.CREATE_ROOM if created else AuditAction.CHANGE_ROOM, on=room, now=now, by=by)
    return room
