"""Actions on programs of a site."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import Site, User
from patients.models import (
    Program,
)


@transaction.atomic
def set_up_program(*, site: Site, code: str, name: str, now: datetime, by: User) -> Program:
    """Create the program `code` of a site, or change its name. Raises NotPermitted or NotFound."""
    program = Program(site=site, code=code, name=name)
    require_permission(by, Permission.SET_UP, on=program)
    known = Program.objects.select_for_update().filter(site=site, code=code).first()
    if known is not None and known.name == name:
        return known
    program, created = Program.objects.update_or_create(
        site=site, code=code, defaults={"name": name}
    )
    record(
        AuditAction.CREATE_PROGRAM if created else AuditAction.CHANGE_PROGRAM,
        on=program,
        now=now,
        by=by,
    )
    return program
