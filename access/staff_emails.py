"""E-mails to staff about events that they must look at.

Privacy officers hear of emergency access, second people of a role to confirm, and owners of
accounts of what others changed there. An e-mail says that something happened and never names a
person. Pages alone would show these events only to staff who open them.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet

from access.enums import NoticeKind, Role
from access.models import AccountNotice, EmergencyAccess, RoleAssignment, RoleProposal, User
from access.role_approval import second_people

logger = logging.getLogger(__name__)

AT_ONCE = 50


class Letter(NamedTuple):
    subject: str
    body: str


OPENED = Letter(
    "A record was opened in an emergency",
    "A staff member used emergency access to open a patient record. The access ends automatically.\n\n"
    "Please sign in and review it under “Emergency access”.\n",
)
OPENED_OFTEN = Letter(
    "One staff member opened many records in emergencies",
    "One staff member opened several records in emergencies within a day.\n\n"
    "Please sign in today, check under “Emergency access” what was opened and why, and speak with them.\n",
)
TO_CONFIRM = Letter(
    "A role is waiting for your confirmation",
    "An administrator granted a role to a staff member. It takes effect only after a second person confirms it.\n\n"
    "Please speak with the staff member, then sign in and confirm or refuse it under “Roles to confirm”.\n",
)
OVERDUE = Letter(
    "Emergency access to a record is waiting for review",
    "A staff member used emergency access to open a patient record, and nobody has reviewed it yet.\n\n"
    "Please sign in and review it under “Emergency access”.\n",
)
_IF_NOT_YOU = (
    "\n\nIf you did not ask for this, tell your privacy officer or clinical director today.\n"
)
ABOUT_ACCOUNT = {
    NoticeKind.PASSWORD_RESET: Letter(
        "Your password was reset",
        "An administrator has reset the password of your account at the clinic." + _IF_NOT_YOU,
    ),
    NoticeKind.FACTOR_RESET: Letter(
        "Your second factor was reset",
        "An administrator has reset the second factor of your account at the clinic." + _IF_NOT_YOU,
    ),
    NoticeKind.ENABLED: Letter(
        "Your account was enabled again",
        "An administrator has enabled your account at the clinic again. A second person must confirm\n"
        "your roles." + _IF_NOT_YOU,
    ),
    NoticeKind.ROLE_CONFIRMED: Letter(
        "Your role was confirmed",
        "A second person has confirmed your role at the clinic. Sign in again to begin."
        + _IF_NOT_YOU,
    ),
}

Row = EmergencyAccess | RoleProposal | AccountNotice


def send_staff_emails(*, now: datetime) -> int:
    """Send one e-mail for each event that nobody was told of; returns how many were sent.

    An event is marked only after its e-mail was sent. After a crash in between, the next call sends
    it again, so that an e-mail may come twice but is never lost.
    """
    if not settings.STAFF_MAIL:
        return 0
    opened = EmergencyAccess.objects.filter(told_at=None).with_count_of_the_day()
    overdue = EmergencyAccess.objects.to_chase(now).order_by("opened_at", "pk")[:AT_ONCE]
    waiting = RoleProposal.objects.waiting().filter(told_at=None).order_by("pk")[:AT_ONCE]
    notices = AccountNotice.objects.filter(told_at=None).select_related("user")
    return (
        sum(
            _email_about_emergency(row, now) for row in opened.order_by("opened_at", "pk")[:AT_ONCE]
        )
        + sum(_chase(row, now) for row in overdue)
        + sum(_send(TO_CONFIRM, _emails(second_people(row)), row, now) for row in waiting)
        + sum(_email_owner(row, now) for row in notices.order_by("noted_at", "pk")[:AT_ONCE])
    )


def _email_about_emergency(row: Any, now: datetime) -> bool:
    """E-mail privacy officers; after several accesses in a day the clinical director, too."""
    if row.opened_that_day < settings.EMERGENCY_ALERT_THRESHOLD:
        return _send(OPENED, _officers(row), row, now)
    directors = _addresses(_users_with_role(Role.CLINICAL_DIRECTOR, site=row.site_id), row)
    return _send(OPENED_OFTEN, _officers(row) | directors, row, now)


def _chase(row: EmergencyAccess, now: datetime) -> bool:
    """Remind privacy officers of an overdue review; repeated until somebody reviews it."""
    return _send(OVERDUE, _officers(row), row, now, mark="chased_at")


def _officers(row: EmergencyAccess) -> set[str]:
    """Addresses of the site's privacy officers, else of other sites', else the site's directors."""
    for people in (
        _users_with_role(Role.PRIVACY_OFFICER, site=row.site_id),
        _users_with_role(Role.PRIVACY_OFFICER),
        _users_with_role(Role.CLINICAL_DIRECTOR, site=row.site_id),
    ):
        found = _addresses(people, row)
        if found:
            return found
    return set()


def _users_with_role(role: Role, *, site: int | None = None) -> QuerySet[User]:
    """Active users who hold `role` at the site, or anywhere if `site` is None."""
    held = RoleAssignment.objects.filter(role=role)
    if site is not None:
        held = held.filter(site=site)
    return User.objects.filter(is_active=True, pk__in=held.values("user"))


def _addresses(people: QuerySet[User], row: EmergencyAccess) -> set[str]:
    return _emails(people.exclude(pk=row.user_id))


def _emails(people: QuerySet[User]) -> set[str]:
    return set(people.values_list("email", flat=True))


def _email_owner(row: AccountNotice, now: datetime) -> bool:
    return _send(ABOUT_ACCOUNT[NoticeKind(row.kind)], {row.user.email}, row, now)


def _send(
    letter: Letter, addresses: set[str], row: Row, now: datetime, mark: str = "told_at"
) -> bool:
    """Send the e-mail and mark the row; without a recipient the row stays for a later call."""
    if not addresses:
        return False
    what = f"{row._meta.verbose_name} {row.pk}"
    try:
        EmailMessage(letter.subject, letter.body, to=sorted(addresses)).send()
    except OSError:  # the errors of smtplib are subclasses of it
        logger.exception("%s: nobody was told, tried again", what)
        return False
    type(row)._default_manager.filter(pk=row.pk).update(**{mark: now})
    return True
