"""What every page needs to know: where one may go, and whether something is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from access.enums import Right
from access.models import EmergencyAccess, User
from access.policy import has_right, open_emergencies
from access.second_person import proposals_before
from appointments.models import WaitlistOffer
from patients.models import RestrictionWish
from reminders.jobs import stopped_jobs
from reminders.models import FollowUp, IncomingText

#: More is not counted for a number in the menu.
MOST_COUNTED = 99

MENU = (
    ("Schedule", "dashboard:schedule", Right.SEE_SCHEDULE),
    ("Calendar", "dashboard:calendar", Right.SEE_SCHEDULE),
    ("Waitlist", "dashboard:waitlist", Right.BOOK),
    ("Patients", "dashboard:patients", Right.SEE_IDENTITY),
    ("To do", "dashboard:follow_ups", Right.FOLLOW_UP),
    ("Replies", "dashboard:replies", Right.FOLLOW_UP),
    ("Drug tests", "dashboard:planned_tests", Right.SEE_CLINICAL),
    ("Reminders", "dashboard:reminders", Right.SEE_REMINDERS),
    ("Outcomes", "dashboard:retention", Right.SEE_OUTCOMES),
    ("Audit", "dashboard:audit", Right.SEE_AUDIT),
    ("Emergencies", "dashboard:emergencies", Right.REVIEW_EMERGENCIES),
    ("Roles to confirm", "dashboard:roles_to_confirm", Right.CONFIRM_ROLES),
    ("Restrictions", "dashboard:restriction_wishes", Right.DECIDE_RESTRICTIONS),
    ("Disclosures", "dashboard:accounting", Right.SEE_DISCLOSURES),
    ("Staff", "dashboard:staff", Right.MANAGE_USERS),
    ("Message texts", "dashboard:message_texts", Right.SET_UP_REMINDERS),
    ("Message rules", "dashboard:message_rules", Right.SET_UP_REMINDERS),
    ("Jobs", "dashboard:jobs", Right.SEE_JOBS),
)


@dataclass(frozen=True)
class MenuItem:
    label: str
    address: str
    is_here: bool
    waiting: int = 0


def clinic_context(request: HttpRequest) -> dict[str, object]:
    """Menu by right; a banner when the machinery that reminds patients has stopped."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.path.startswith("/admin/"):
        return _installation()
    menu = [
        MenuItem(label, reverse(name), request.path.startswith(reverse(name)), _waiting(user, name))
        for label, name, right in MENU
        if has_right(user, right)
    ]
    watches = has_right(user, Right.SEE_REMINDERS) or has_right(user, Right.SEE_JOBS)
    return {
        **_installation(),
        "menu": menu,
        "stopped_jobs": stopped_jobs(now=timezone.now()) if watches else [],
        "open_emergencies": list(open_emergencies(user).values()),
    }


def _installation() -> dict[str, object]:
    return {
        "demonstration": settings.DEMONSTRATION,
        "password_alone": not settings.SECOND_FACTOR_REQUIRED,
        "idle_seconds": settings.SESSION_IDLE_SECONDS,
    }


def _waiting(user: User, name: str) -> int:
    """How much waits behind a line of the menu: what nobody has read, done, reviewed, decided.

    Of the waitlist: the times that are kept for somebody, who has to be called before they run out.
    """
    if name == "dashboard:waitlist":
        return WaitlistOffer.objects.visible_to(user).open().order_by()[:MOST_COUNTED].count()
    if name == "dashboard:replies":
        return IncomingText.objects.visible_to(user).to_read().order_by()[:MOST_COUNTED].count()
    if name == "dashboard:follow_ups":
        return FollowUp.objects.visible_to(user).to_do().order_by()[:MOST_COUNTED].count()
    if name == "dashboard:restriction_wishes":
        return RestrictionWish.objects.visible_to(user).waiting().count()
    if name == "dashboard:roles_to_confirm":
        return proposals_before(user).count()
    if name != "dashboard:emergencies":
        return 0
    return EmergencyAccess.objects.visible_to(user).to_review().count()
