"""Codes with which patients check in at a kiosk."""

from __future__ import annotations

import secrets

from access.models import Site
from appointments.enums import EXPECTED
from appointments.models import Appointment

CODE_DIGITS = 6


def codes_for(site: Site, count: int = 1) -> list[str]:
    """Return `count` random codes that no expected visit of the site has."""
    drawn: list[str] = []
    while len(drawn) < count:
        new = {f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}" for _ in range(2 * count)}
        taken = Appointment.objects.filter(
            site=site, status__in=EXPECTED, check_in_code__in=new
        ).values_list("check_in_code", flat=True)
        drawn += sorted(new - set(taken) - set(drawn), key=lambda _: secrets.randbelow(2**32))
    return drawn[:count]
