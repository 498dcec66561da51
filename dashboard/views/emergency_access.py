"""Emergency access: open one record outside the access scope, end it, and review it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access.actions import emergency_access
from access.actions.emergency_access import open_in_emergency
from access.audit.read_log import record_refusal
from access.audit.record import current_origin
from access.auth.login_throttle import SIGNED_IN, count_failed_attempt, refuse_too_many_attempts
from access.decorators import requires
from access.enums import Permission
from access.errors import WrongPassword
from access.forms.emergency_access import (
    FindInEmergencyForm,
    OpenInEmergencyForm,
    ReviewEmergencyForm,
)
from access.models import EmergencyAccess, User
from common.errors import InvalidInput
from common.paging import page_by_key
from dashboard.http.form_views import action_button, form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from patients.models import Patient
from patients.queries import find_in_emergency

PAGE = 50


#: Only record numbers are kept in the audit entry of a refusal, never a name typed instead.
NUMBER = re.compile(r"M-\d{1,10}")


#: Finds the patient from the cleaned data.
Find = Callable[[dict[str, Any]], Patient]


@requires(Permission.OPEN_IN_EMERGENCY)
def open_known(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Emergency access to a patient whose name the user already sees."""
    row = visible(Patient.objects.select_related("site"), staff_user(request), pk)
    return _emergency_page(
        request,
        OpenInEmergencyForm(request.POST or None),
        lambda _: row,
        title=f"Emergency access to {row.display_name}",
        back=reverse("dashboard:patient", args=[pk]),
    )


@requires(Permission.OPEN_IN_EMERGENCY)
def open_by_number(request: HttpRequest) -> HttpResponseBase:
    """Emergency access to a patient of another site. Any mismatch gets the same answer."""
    return _emergency_page(
        request,
        FindInEmergencyForm(request.POST or None),
        lambda data: find_in_emergency(
            record_number=data.pop("record_number"), birth_date=data.pop("birth_date")
        ),
        title="Emergency access",
        back=reverse("dashboard:patients"),
    )


def _emergency_page(
    request: HttpRequest, form: BaseForm, find: Find, *, title: str, back: str
) -> HttpResponseBase:
    user = staff_user(request)
    found: list[int] = []

    def action(data: dict[str, Any]) -> EmergencyAccess:
        opened = _open(user, find, data)
        found.append(opened.patient_id)
        return opened

    answer = form_page(
        request,
        form,
        action,
        title=title,
        button="Open record",
        done="Record open for reading. Everything you open is recorded.",
        back=back,
        note="Use this only when a patient is in danger and you have no access to the record. It opens one record for reading, for a few hours. The privacy officer is told at once and reviews it.",
    )
    if found:
        answer["Location"] = reverse("dashboard:patient", args=found)
    return answer


def _open(user: User, find: Find, data: dict[str, Any]) -> EmergencyAccess:
    """Open the record. Guesses at a password or a record number are throttled and recorded."""
    origin, now = current_origin(), timezone.now()
    refuse_too_many_attempts(email=user.email, address=origin, known=SIGNED_IN)
    asked = data.get("record_number", "")
    try:
        # Without the right password nothing is said about the patient asked for (42 CFR 2.13(c)).
        if not user.check_password(data["password"]):
            raise WrongPassword(field="password")
        return open_in_emergency(patient=find(data), now=now, by=user, **data)
    except InvalidInput as problem:
        if problem.field in {"password", "record_number"}:
            count_failed_attempt(email=user.email, address=origin, known=SIGNED_IN)
            named = {"record_number": asked} if NUMBER.fullmatch(asked) else {}
            record_refusal(page="open in emergency", named=named, now=now, by=user)
        raise


@requires(Permission.OPEN_IN_EMERGENCY)
@require_POST
def end_emergency(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    opened = visible(EmergencyAccess.objects, user, pk)
    return action_button(
        request,
        lambda: emergency_access.end_emergency(opened=opened, now=timezone.now(), by=user),
        done="Emergency access ended.",
        back=reverse("dashboard:home"),
    )


@requires(Permission.REVIEW_EMERGENCIES)
@require_GET
def emergencies(request: HttpRequest) -> HttpResponse:
    """Emergency accesses at the officer's sites, newest first; record numbers, no names."""
    user = staff_user(request)
    rows = EmergencyAccess.objects.visible_to(user).select_related("user", "reviewed_by", "site")
    rows = rows.with_count_of_the_day()
    waiting, now = request.GET.get("which") == "waiting", timezone.now()
    if waiting:
        rows = rows.to_review()
    page = page_by_key(
        rows,
        order=EmergencyAccess.ORDER,
        after=cursor(request.GET.get("after") or ""),
        size=PAGE,
    )
    known = Patient.objects.with_trail_visible_to(user)
    numbers = known.filter(pk__in=[row.patient_id for row in page.rows]).record_numbers()
    context = {
        "page": page,
        "rows": [(row, numbers.get(row.patient_id, ""), row.is_overdue(now)) for row in page.rows],
        "many": settings.EMERGENCY_ALERT_THRESHOLD,
        "waiting": waiting,
    }
    return render(request, "dashboard/emergency_access.html", context)


@requires(Permission.REVIEW_EMERGENCIES)
def review_emergency(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    rows = EmergencyAccess.objects.select_related("user", "site")
    opened = visible(rows, user, pk)
    when = opened.opened_at.astimezone(timezone.get_current_timezone())
    return form_page(
        request,
        ReviewEmergencyForm(request.POST or None),
        lambda data: emergency_access.review_emergency(
            opened=opened, now=timezone.now(), by=user, **data
        ),
        title="Review emergency access",
        button="Save review",
        done="Reviewed.",
        back=reverse("dashboard:emergencies"),
        note=f"{opened.user} opened a record on {when:%-d %b %Y, %H:%M}."
        f" {opened.get_reason_display()}: {opened.words}",
    )
