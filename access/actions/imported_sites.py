"""Sites that an import finds in its file and not in the clinic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.enums import Role
from access.models import RoleAssignment, Site, User

#: On patients' screens until somebody writes the site's own (`neutral_name`).
FRONT_DESK = "Front desk"


@transaction.atomic
def create_imported_site(*, code: str, details: Mapping[str, str], now: datetime, by: User) -> Site:
    """The site `code`, made if it is not there; whoever administers the clinic administers it.

    Without an administrator nobody could ever give a role there, and nobody read what was imported.
    """
    site, created = Site.objects.get_or_create(
        code=code, defaults={"neutral_name": FRONT_DESK, **details}
    )
    if not created:
        return site
    record("make site", on=site, now=now, by=by)
    administrators = User.objects.filter(
        is_active=True, role_assignments__role=Role.SYSTEM_ADMINISTRATOR
    )
    for user in administrators.distinct():
        RoleAssignment.objects.create(
            user=user, site=site, role=Role.SYSTEM_ADMINISTRATOR, granted_at=now
        )
        detail = {"role": Role.SYSTEM_ADMINISTRATOR, "site": site.code}
        record("grant role", on=user, now=now, by=by, detail=detail)
    return site
