"""Find the kiosk of a request by its secret."""

from __future__ import annotations

from appointments.device_keys import digest_of
from appointments.models import (
    KioskDevice,
)
from common.errors import NotFound


def kiosk_of(*, secret: str) -> KioskDevice:
    """Return the kiosk that a secret belongs to. Raises NotFound if it is revoked or unknown."""
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
