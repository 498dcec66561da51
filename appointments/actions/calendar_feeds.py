"""The verbs on doors without a session: calendar feeds, and check-in devices of waiting rooms."""

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
    """One's own feed; the one before it ends. The secret is returned once and never kept."""
    require_permission(by, Permission.SEE_SCHEDULE)
    CalendarFeed.objects.filter(user=by, revoked_at__isnull=True).update(revoked_at=now)
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=by, digest=digest_of(secret), created_at=now)
    record(AuditAction.CREATE_CALENDAR_FEED, on=feed, now=now, by=by)
    return feed, secret


@transaction.atomic
def revoke_calendar_feed(*, feed: CalendarFeed, now: datetime, by: User) -> None:
    """One's own, at once and for good."""
    if feed.user_id != by.pk:
        raise NotFound
    if CalendarFeed.objects.filter(pk=feed.pk, revoked_at__isnull=True).update(revoked_at=now):
        record(AuditAction.REVOKE_CALENDAR_FEED, on=feed, now=now, by=by)
