"""Privacy officers hear of an emergency by e-mail, too: the page shows it only to who looks.

The letter says that something was opened, and nothing of whom.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from access.enums import Role
from access.models import EmergencyAccess, User

logger = logging.getLogger(__name__)

SUBJECT = "A record was opened in an emergency"
BODY = (
    "A colleague opened a record that their work does not open. The record closes by itself.\n\n"
    "Please sign in and review it under “Emergencies”.\n"
)


def tell_privacy_officers(*, now: datetime) -> int:
    """One letter for each emergency that nobody was told of; returns how many went out.

    Claimed, committed, then sent. One that could not be sent is tried again at the next call, so
    that at worst it comes twice.
    """
    if not settings.STAFF_MAIL:
        return 0
    return sum(_tell(row) for row in _claim(now))


@transaction.atomic
def _claim(now: datetime) -> list[EmergencyAccess]:
    rows = list(
        EmergencyAccess.objects.filter(told_at__isnull=True)
        .select_for_update(skip_locked=True)
        .order_by("opened_at")[:50]
    )
    EmergencyAccess.objects.filter(pk__in=[row.pk for row in rows]).update(told_at=now)
    return rows


def _tell(row: EmergencyAccess) -> bool:
    officers = User.objects.filter(
        is_active=True,
        role_assignments__role=Role.PRIVACY_OFFICER,
        role_assignments__site=row.site_id,
    ).exclude(pk=row.user_id)
    addresses = sorted(officers.values_list("email", flat=True).distinct())
    if not addresses:
        logger.warning("emergency access %s: no privacy officer at its site to tell", row.pk)
        return False
    try:
        EmailMessage(SUBJECT, BODY, to=addresses).send()
    except OSError:  # of which smtplib's errors are a kind
        logger.exception("emergency access %s: nobody was told, tried again", row.pk)
        EmergencyAccess.objects.filter(pk=row.pk).update(told_at=None)
        return False
    return True
