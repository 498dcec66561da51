"""Ask for the password or second factor again before sensitive actions.

Asked when the last reauthentication is too old (access/decorators.py). What was posted is not lost:
the page carries it along and posts it again together with the proof.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from access.actions.second_factor import record_passkey, record_reauthentication_success, show_code
from access.audit.record import current_origin
from access.auth.login_throttle import (
    SIGNED_IN,
    count_failed_attempt,
    count_wrong_code,
    refuse_too_many_attempts,
)
from access.auth.login_throttle import refuse_too_many_codes as refuse_codes
from access.auth.reauthentication import is_fresh, record_reauthentication
from access.auth.second_factor import has_app, passkey_shown
from access.decorators import FRESH, OPENING
from access.models import User
from dashboard.http.form_views import staff_user
from dashboard.sign_in_steps import options_on_page

#: Prefix of the fields that prove identity, apart from the fields of the page itself.
PREFIX = "proof"
CSRF = "csrfmiddlewaretoken"


class ReauthenticationForm(forms.Form):
    """Asks for a password, a code or a passkey; one of the three is enough."""

    takes_code = staticmethod(has_app)

    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "autofocus": True, "aria-required": "true"}
        ),
    )
    code = forms.CharField(
        label="Or a code from your app",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    credential = forms.JSONField(required=False, widget=forms.HiddenInput())

    def __init__(self, typed: QueryDict | None, *, user: User) -> None:
        super().__init__(typed, prefix=PREFIX)
        self.user = user
        if not self.takes_code(user):
            del self.fields["code"]
        one_of_several(self)


def one_of_several(form: forms.Form) -> None:
    """Mark the fields so that none is shown as "optional", although none is required alone."""
    for field in form.fields.values():
        vars(field)["is_one_of_several"] = True


def reauthenticate_if_stale(request: HttpRequest, view: Any) -> HttpResponse | None:
    """The reauthentication page if `view` needs it and the last one is too old, else None."""
    wanted = getattr(view, FRESH, "")
    asks = wanted == OPENING or (wanted and request.method == "POST")
    if not asks or is_fresh(request.session, now=timezone.now()):
        return None
    if request.method != "POST":
        return redirect(f"{reverse('dashboard:prove')}?{urlencode({'next': request.path})}")
    form = ReauthenticationForm(request.POST if _typed(request) else None, user=staff_user(request))
    if form.is_bound and prove(request, form):
        return None
    return reauthentication_page(request, form, carry=True)


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """The posted fields without the proof, to go along as hidden inputs."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != CSRF and not name.startswith(f"{PREFIX}-")
        for value in values
    ]


def reauthentication_page(
    request: HttpRequest, form: ReauthenticationForm, *, carry: bool
) -> HttpResponse:
    user = form.user
    context = {
        "form": form,
        "carried": carried(request) if carry else [],
        "action": request.get_full_path(),
        "options": options_on_page(request, user),
    }
    return render(
        request, "dashboard/reauthenticate.html", context, status=422 if form.errors else 200
    )


def prove(request: HttpRequest, form: ReauthenticationForm) -> bool:
    """Whether the typed proof is right. Failures are throttled and written to the audit trail."""
    user, origin, now = form.user, current_origin(), timezone.now()
    refuse_too_many_attempts(email=user.email, address=origin, known=SIGNED_IN)
    shown = _shown(form, user) if form.is_valid() else ""
    record_reauthentication_success(shown=shown, now=now, by=user)
    if shown:
        record_reauthentication(request.session, now=now)
        return True
    if form.cleaned_data.get("code"):
        count_wrong_code(user=user, address=origin, known=SIGNED_IN)
    else:
        count_failed_attempt(email=user.email, address=origin, known=SIGNED_IN)
    form.add_error(None, "The password or code is wrong. Nothing was saved yet; try again.")
    return False


def _shown(form: ReauthenticationForm, user: User) -> str:
    typed = form.cleaned_data
    if typed.get("password"):
        return "password" if user.check_password(typed["password"]) else ""
    if typed.get("code"):
        refuse_codes(user=user)
        return show_code(code=typed["code"], now=timezone.now(), by=user)
    if typed.get("credential"):
        found = passkey_shown(user, typed["credential"])
        return record_passkey(passkey=found, now=timezone.now(), by=user)
    return ""


def _typed(request: HttpRequest) -> bool:
    return any(name.startswith(f"{PREFIX}-") for name in request.POST)
