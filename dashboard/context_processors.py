"""Context of every page: the menu, waiting counts, and warnings about stopped jobs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from access.authz.policy import has_permission, open_emergencies
from access.enums import Permission
from access.models import EmergencyAccess, User
from access.role_approval import proposals_before
from appointments.models import WaitlistOffer
from dashboard.counts import CountOf
from patients.models import PendingRestriction
from reminders.job_health import label_of, stopped_jobs
from reminders.models import FollowUp, IncomingText

MENU = (
    ("Schedule", "dashboard:schedule", Permission.SEE_SCHEDULE),
    ("Calendar", "dashboard:calendar", Permission.SEE_SCHEDULE),
    ("Waitlist", "dashboard:waitlist", Permission.BOOK),
    ("Patients", "dashboard:patients", Permission.SEE_IDENTITY),
    ("Follow-ups", "dashboard:follow_ups", Permission.FOLLOW_UP),
    ("Replies", "dashboard:replies", Permission.FOLLOW_UP),
    ("Drug tests", "dashboard:planned_tests", Permission.SEE_CLINICAL),
    ("Reminders", "dashboard:reminders", Permission.SEE_REMINDERS),
    ("Outcomes", "dashboard:retention", Permission.SEE_OUTCOMES),
    ("Audit trail", "dashboard:audit", Permission.SEE_AUDIT),
    ("Emergency access", "dashboard:emergencies", Permission.REVIEW_EMERGENCIES),
    ("Roles to confirm", "dashboard:roles_to_confirm", Permission.CONFIRM_ROLES),
    ("Restrictions", "dashboard:restriction_wishes", Permission.DECIDE_RESTRICTIONS),
    ("Disclosures", "dashboard:accounting", Permission.SEE_DISCLOSURES),
    ("Staff", "dashboard:staff", Permission.MANAGE_USERS),
    ("Message templates", "dashboard:message_texts", Permission.SET_UP_REMINDERS),
    ("Reminder rules", "dashboard:message_rules", Permission.SET_UP_REMINDERS),
    ("Background jobs", "dashboard:jobs", Permission.SEE_JOBS),
)


@dataclass(frozen=True)
class MenuItem:
    label: str
    address: str
    is_here: bool
    waiting: int = 0


def clinic_context(request: HttpRequest) -> dict[str, object]:
    """Menu by permission, and a warning when the jobs that send reminders have stopped."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.path.startswith("/admin/"):
        return _installation()
    open_to = [(label, name) for label, name, right in MENU if has_permission(user, right)]
    waiting = _waiting(user, [name for _, name in open_to])
    menu = [
        MenuItem(label, reverse(name), request.path.startswith(reverse(name)), waiting.get(name, 0))
        for label, name in open_to
    ]
    watches = has_permission(user, Permission.SEE_REMINDERS) or has_permission(
        user, Permission.SEE_JOBS
    )
    return {
        **_installation(),
        "menu": menu,
        "menu_waiting": sum(item.waiting for item in menu),
        "stopped_jobs": [label_of(name) for name in stopped_jobs(now=timezone.now())]
        if watches
        else [],
        "open_emergencies": list(open_emergencies(user).values()),
    }


def _installation() -> dict[str, object]:
    return {
        "demonstration": settings.DEMONSTRATION,
        "password_alone": not settings.SECOND_FACTOR_REQUIRED,
        "idle_seconds": settings.SESSION_IDLE_SECONDS,
    }


def _waiting(user: User, names: Collection[str]) -> dict[str, int]:
    """Count the unfinished rows behind each menu item, in one statement."""
    asked = {name: COUNTED[name](user) for name in names if name in COUNTED}
    if not asked:
        return {}
    counts = {f"count_{place}": CountOf(rows) for place, rows in enumerate(asked.values())}
    found = User.objects.filter(pk=user.pk).only("pk").annotate(**counts).get()
    return dict(zip(asked, (getattr(found, count) for count in counts), strict=True))


#: What each menu item counts. For the waitlist: open offers, because those patients must be called
#: before the held time expires.
COUNTED: dict[str, Callable[[User], QuerySet[Any]]] = {
    "dashboard:waitlist": lambda user: WaitlistOffer.objects.visible_to(user).open(),
    "dashboard:replies": lambda user: IncomingText.objects.visible_to(user).to_read(),
    "dashboard:follow_ups": lambda user: FollowUp.objects.visible_to(user).to_do(),
    "dashboard:restriction_wishes": lambda user: PendingRestriction.objects.visible_to(
        user
    ).waiting(),
    "dashboard:roles_to_confirm": proposals_before,
    "dashboard:emergencies": lambda user: EmergencyAccess.objects.visible_to(user).to_review(),
}
