"""Sign in with the second factor after the password, or with a passkey alone."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from access.actions.second_factor import record_passkey
from access.audit.record import current_origin
from access.auth.login_throttle import count_failed_attempt, refuse_too_many_attempts
from access.auth.second_factor import (
    FEW_CODES,
    RECOVERY,
    codes_left,
    has_app,
    has_passkey,
    passkey_shown,
)
from access.decorators import open_before_second_factor, open_to_anyone, open_to_staff
from access.models import User
from dashboard.http.form_views import staff_user
from dashboard.known_devices import known_browser
from dashboard.reauthentication import (
    ReauthenticationForm,
    one_of_several,
    prove,
    reauthentication_page,
)
from dashboard.sign_in_steps import (
    active_user,
    complete,
    factor_shown,
    options_on_page,
    passkeys_elsewhere,
    safe_address,
    waiting,
    where_to,
)

WRONG = "This code is wrong. Wait for the next code in your app, or use a recovery code."


class CodeForm(forms.Form):
    """Takes six digits from the app, or a recovery code."""

    code = forms.CharField(
        label="Code",
        required=False,
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "aria-required": "true",
            }
        ),
    )
    credential = forms.JSONField(required=False, widget=forms.HiddenInput())

    def __init__(self, typed: QueryDict | None) -> None:
        super().__init__(typed)
        one_of_several(self)


@open_to_anyone
def second_step(request: HttpRequest) -> HttpResponse:
    """Check the second factor of the user whose password was right, and sign in."""
    user = waiting(request)
    if user is None:
        return redirect("dashboard:sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        typed = form.cleaned_data if form.is_valid() else {}
        shown = factor_shown(typed, user, known_browser(request, user.email))
        if shown:
            answer = complete(
                request,
                user,
                shown=f"password and {shown}",
                second_factor=True,
                then=where_to(request),
            )
            _warn_of_few_codes(request, user, shown)
            return answer
        form.add_error("code", WRONG)
    context = {
        "form": form,
        "has_app": has_app(user),
        "passkeys_elsewhere": passkeys_elsewhere(request) if has_passkey(user) else "",
        "options": options_on_page(request, user),
    }
    return render(
        request, "dashboard/second_factor_sign_in.html", context, status=422 if form.errors else 200
    )


def _warn_of_few_codes(request: HttpRequest, user: User, shown: str) -> None:
    left = codes_left(user)
    if shown == RECOVERY and left <= FEW_CODES:
        messages.warning(
            request, f"{left} recovery codes are left. Create new ones under “Your account”."
        )


@open_to_anyone
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey: the device has checked its owner, so it counts as two factors."""
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        origin = current_origin()
        credential = form.cleaned_data["credential"] if form.is_valid() else None
        # Failures are counted by passkey, so that a broken one locks out nobody else.
        shown_as = str(credential.get("id")) if isinstance(credential, dict) else ""
        refuse_too_many_attempts(email=shown_as, address=origin)
        found = passkey_shown(None, credential)
        user = active_user(found.user_id) if found is not None else None
        if found is not None and user is not None:
            shown = record_passkey(passkey=found, now=timezone.now(), by=user)
            return complete(request, user, shown=shown, second_factor=True, then="")
        count_failed_attempt(email=shown_as, address=origin)
        form.add_error(None, "This passkey is not registered here. Sign in with your password.")
    context = {
        "form": form,
        "options": options_on_page(request, None),
        "passkeys_elsewhere": passkeys_elsewhere(request),
    }
    return render(
        request, "dashboard/passkey_sign_in.html", context, status=422 if form.errors else 200
    )


@open_before_second_factor
@open_to_staff
def prove_again(request: HttpRequest) -> HttpResponse:
    """Reauthenticate for another page or the API, then return to that page."""
    form = ReauthenticationForm(request.POST or None, user=staff_user(request))
    if request.method == "POST" and prove(request, form):
        return redirect(safe_address(request, request.GET.get("next", "")))
    return reauthentication_page(request, form, carry=False)
