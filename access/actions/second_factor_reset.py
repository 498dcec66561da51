"""Sites that an import finds in its file and not in the clinic."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.enums import AuditKind
from access.models import User
from access.role_approval import reset_factors


@transaction.atomic
def reset_second_factor_from_server(*, user: User, now: datetime, by: User) -> None:
    """For an administrator whom no other can help: whoever runs commands on the clinic's own server may.

    Removes the second factors of `user`; all sessions end, and the grace begins anew.
    """
    detail = reset_factors(user, now=now, by=by)
    record("reset second factor", on=user, kind=AuditKind.SIGN_IN, now=now, by=by, detail=detail)
