"""Privacy officers hear of an emergency by e-mail, too: the page shows it only to who looks.

The letter says that something was opened, and nothing of whom.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage

from access.enums import Role
from access.models import EmergencyAccess, User

logger = logging.getLogger(__name__)

AT_ONCE = 50
SUBJECT = "A record was opened in an emergency"
BODY = (
    "A colleague opened a record that their work does not open. The record closes by itself.\n\n"
    "Please sign in and review it under “Emergencies”.\n"
)


def tell_privacy_officers(*, now: datetime) -> int:
    """A letter for each emergency that nobody was told of; returns how many went out.

    Written down only after it was sent: whoever dies in between leaves it to the next call, so that
    at worst it comes twice.
    """
    if not settings.STAFF_MAIL:
        return 0
    untold = EmergencyAccess.objects.filter(told_at__isnull=True).order_by("opened_at")[:AT_ONCE]
    return sum(_tell(row, now=now) for row in untold)


def _tell(row: EmergencyAccess, *, now: datetime) -> bool:
    officers = User.objects.filter(
        is_active=True,
        role_assignments__role=Role.PRIVACY_OFFICER,
        role_assignments__site=row.site_id,
    ).exclude(pk=row.user_id)
    addresses = sorted(officers.values_list("email", flat=True).distinct())
    try:
        if addresses:
            EmailMessage(SUBJECT, BODY, to=addresses).send()
        else:
            logger.warning("emergency access %s: no privacy officer at its site to tell", row.pk)
    except OSError:  # of which smtplib's errors are a kind
        logger.exception("emergency access %s: nobody was told, tried again", row.pk)
        return False
    EmergencyAccess.objects.filter(pk=row.pk).update(told_at=now)
    return bool(addresses)
