"""The user's own second factors: list, add, remove, recovery codes."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_POST

from access.actions import second_factor
from access.auth.reauthentication import lacks_second_factor, mark_second_factor_shown
from access.auth.second_factor import (
    FEW_CODES,
    app_picture,
    codes_left,
    factors_of,
    has_app,
    name_of,
    new_secret,
    open_secret,
    registered,
    registration_options,
)
from access.authz.policy import needs_second_factor
from access.decorators import (
    open_before_second_factor,
    open_to_staff,
    requires_reauthentication,
    requires_reauthentication_to_open,
)
from access.models import User
from dashboard.http.form_views import action_button, attempt, staff_user
from dashboard.sign_in_steps import passkeys_elsewhere, stay_signed_in

#: Session key of the encrypted secret that is being set up in the app.
SECRET = "app_being_set_up"  # noqa: S105 - the name of a place # nosec B105


class AppForm(forms.Form):
    code = forms.CharField(
        label="Code from the app",
        max_length=10,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class PasskeyForm(forms.Form):
    name = forms.CharField(
        label="Name of this device",
        max_length=60,
        help_text="To recognize it later, for example “phone” or “security key”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    credential = forms.JSONField(widget=forms.HiddenInput())


@open_before_second_factor
@open_to_staff
@require_GET
def factors(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    left = codes_left(user)
    rows = list(factors_of(user))
    context = {
        "rows": [(row, name_of(row)) for row in rows],
        "may_remove": len(rows) > 1 or not needs_second_factor(user),
        "codes_left": left,
        "few_codes": bool(rows) and left <= FEW_CODES,
        "has_app": has_app(user),
        "must_set_up": lacks_second_factor(user, request.session),
        "passkeys_elsewhere": passkeys_elsewhere(request),
    }
    return render(request, "dashboard/second_factors.html", context)


@open_before_second_factor
@requires_reauthentication_to_open
@open_to_staff
def add_app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app by QR code or typed secret; the first right code activates it."""
    user = staff_user(request)
    if has_app(user):
        return redirect("dashboard:factors")
    sealed = request.session.setdefault(SECRET, new_secret())
    secret = open_secret(sealed)
    form = AppForm(request.POST or None)
    if request.method == "POST":
        codes = attempt(
            form,
            lambda data: second_factor.add_authenticator_app(
                secret=secret, now=timezone.now(), by=user, **data
            ),
        )
        if codes is not None:
            del request.session[SECRET]
            return _set_up(request, user, codes)
    picture, _address = app_picture(user, secret)
    context = {
        "form": form,
        "picture": mark_safe(picture),  # noqa: S308 - drawn here, out of nothing that was typed # nosec B308 B703
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
    }
    return render(
        request, "dashboard/add_authenticator_app.html", context, status=422 if form.errors else 200
    )


@open_before_second_factor
@requires_reauthentication_to_open
@open_to_staff
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Register a passkey: the device makes a key pair and only its public key is stored."""
    user = staff_user(request)
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        passkey = registered(typed["credential"])
        if passkey is None:
            form.add_error(None, "The passkey could not be registered. Try again.")
        else:
            codes = attempt(
                form,
                lambda data: second_factor.add_passkey(
                    passkey=passkey, name=data["name"], now=timezone.now(), by=user
                ),
            )
            if codes is not None:
                return _set_up(request, user, codes)
    context: dict[str, Any] = {
        "form": form,
        "options": json.dumps(registration_options(user), default=dict),
        "passkeys_elsewhere": passkeys_elsewhere(request),
    }
    return render(
        request, "dashboard/add_passkey.html", context, status=422 if form.errors else 200
    )


@requires_reauthentication
@open_to_staff
@require_POST
def remove_factor(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row: Authenticator = get_object_or_404(factors_of(user), pk=pk)
    return action_button(
        request,
        lambda: second_factor.remove_factor(factor=row, now=timezone.now(), by=user),
        done="Second factor removed.",
        back=reverse("dashboard:factors"),
    )


@requires_reauthentication
@open_to_staff
@require_POST
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    codes = second_factor.make_recovery_codes(now=timezone.now(), by=staff_user(request))
    return _codes_page(request, codes)


def _set_up(request: HttpRequest, user: User, codes: list[str]) -> HttpResponse:
    """Mark this session as having a second factor; sessions begun by password alone have ended."""
    mark_second_factor_shown(request.session)
    if not codes:
        return redirect("dashboard:factors")
    user.refresh_from_db(fields=["session_epoch"])
    stay_signed_in(request, user)
    return _codes_page(request, codes)


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Show the recovery codes, on this response only."""
    half = len(codes[0]) // 2
    shown = [f"{code[:half]} {code[half:]}" for code in codes]
    return render(request, "dashboard/recovery_codes.html", {"codes": shown})
