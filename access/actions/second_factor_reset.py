"""Reset of a second factor from the command line of the server."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.enums import AuditAction, AuditKind
from access.models import User
from access.role_approval import reset_factors


@transaction.atomic
def reset_second_factor_from_server(*, user: User, now: datetime, by: User) -> None:
    """Remove the second factors of `user`, end sessions and tokens, and start the grace again.

    For an administrator whom no other administrator can help. The person who runs commands on the
    clinic's own server is trusted to do this.
    """
    detail = reset_factors(user, now=now, by=by)
    record(
        AuditAction.RESET_SECOND_FACTOR,
        on=user,
        kind=AuditKind.SIGN_IN,
        now=now,
        by=by,
        detail=detail,
    )
