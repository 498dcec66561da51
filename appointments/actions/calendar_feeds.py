"""Actions on calendar feeds."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from appointments.device_keys import digest_of
from appointments.models import CalendarFeed
from common.errors import NotFound


@transaction.atomic
def make_calendar_feed(*, now: datetime, by: User) -> tuple[CalendarFeed, str]:
    """Create the user's own feed and revoke the one before it.

    The secret is returned once and not stored.
    """
    require_permission(by, Permission.SEE_SCHEDULE)
    CalendarFeed.objects.filter(user=by, revoked_at__isnull=True).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=by, digest=digest_of(secret), created_at=now)
    record(AuditAction.CREATE_CALENDAR_FEED, on=feed, now=now, by=by)
    return feed, secret


@transaction.atomic
def revoke_calendar_feed(*, feed: CalendarFeed, now: datetime, by: User) -> None:
    """Revoke the user's own feed, at once and for good. Raises NotFound for another user's."""
    if feed.user_id != by.pk:
        raise NotFound
    if CalendarFeed.objects.filter(pk=feed.pk, revoked_at__isnull=True).update(revoked_at=now):
        record(AuditAction.REVOKE_CALENDAR_FEED, on=feed, now=now, by=by)
