"""A practitioner's calendar for a telephone: when, and no more of what than "Visit", "Group" or "Busy".

It is read without a session, by whoever has the address, so it says nothing of patients, kinds of
visits or rooms, and no patient's row is loaded for it.
"""

from __future__ import annotations

from appointments.device_keys import digest_of
from appointments.models import (
    KioskDevice,
)
from common.errors import NotFound


def kiosk_of(*, secret: str) -> KioskDevice:
    """The device that a secret belongs to. Raises NotFound for one that is revoked, or none."""
    found = (
        KioskDevice.objects.filter(
            digest=digest_of(secret), opened_at__isnull=False, revoked_at__isnull=True
        )
        .select_related("site")
        .first()
    )
    if found is None:
        raise NotFound
    return found
