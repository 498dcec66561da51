"""The user's own account: sessions, second factors and API tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access.actions import sessions as sessions_actions
from access.auth.second_factor import FEW_CODES, codes_left, factors_of, name_of
from access.auth.sessions import open_sessions
from access.authz.policy import has_permission
from access.decorators import open_to_staff
from access.enums import Permission
from dashboard.http.form_views import action_button, staff_user
from dashboard.views.api_tokens import tokens_of


@open_to_staff
@require_GET
def still_here(request: HttpRequest) -> HttpResponse:
    """Count typing as activity (dashboard/middleware/idle_timeout.py). Empty response."""
    return HttpResponse(status=204)


@open_to_staff
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sessions = open_sessions(user=user, this=request.session.session_key, now=timezone.now())
    left = codes_left(user)
    context = {
        "sessions": sessions,
        "factors": [name_of(factor) for factor in factors_of(user)],
        "codes_left": left,
        "few_codes": left <= FEW_CODES,
        "tokens": tokens_of(user),
        "may_have_feed": has_permission(user, Permission.SEE_SCHEDULE),
    }
    return render(request, "dashboard/account.html", context)


@open_to_staff
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    session = get_object_or_404(user.staff_sessions, pk=pk)
    return action_button(
        request,
        lambda: sessions_actions.end_session(session=session, now=timezone.now(), by=user),
        done="Signed out of that session.",
        back=reverse("dashboard:account"),
    )


@open_to_staff
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    count = sessions_actions.sign_out_elsewhere(
        keep=request.session.session_key or "", now=timezone.now(), by=staff_user(request)
    )
    messages.success(request, f"Signed out of {count} other session{'' if count == 1 else 's'}.")
    return redirect("dashboard:account")
