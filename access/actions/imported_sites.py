"""Create the sites that an import file names and the database does not have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.enums import AuditAction, Role
from access.models import RoleAssignment, Site, User

#: Shown to patients until the site's own `neutral_name` is entered.
FRONT_DESK = "Front desk"


@transaction.atomic
def create_imported_site(*, code: str, details: Mapping[str, str], now: datetime, by: User) -> Site:
    """Get or create the site `code`; all system administrators become administrators of it.

    Without an administrator, nobody could give roles there, and nobody could read the imported
    data.
    """
    site, created = Site.objects.get_or_create(
        code=code, defaults={"neutral_name": FRONT_DESK, **details}
    )
    if not created:
        return site
    record(AuditAction.CREATE_SITE, on=site, now=now, by=by)
    administrators = User.objects.filter(
        is_active=True, role_assignments__role=Role.SYSTEM_ADMINISTRATOR
    )
    for user in administrators.distinct():
        RoleAssignment.objects.create(
            user=user, site=site, role=Role.SYSTEM_ADMINISTRATOR, granted_at=now
        )
        detail = {"role": Role.SYSTEM_ADMINISTRATOR, "site": site.code}
        record(AuditAction.GRANT_ROLE, on=user, now=now, by=by, detail=detail)
    return site
