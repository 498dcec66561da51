"""Prove it is you again: asked where the gate finds the last proof too old (access/gate.py).

What was posted is not lost: the page that asks carries it along and posts it on with the proof.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from access.attempts import (
    SIGNED_IN,
    count_failed_attempt,
    count_wrong_code,
    refuse_too_many_attempts,
)
from access.attempts import refuse_too_many_codes as refuse_codes
from access.audit import origin_of_the_deed
from access.factors import has_app, passkey_shown
from access.gate import FRESH, OPENING
from access.models import User
from access.proof import is_fresh, note_fresh_proof
from access.proving import note_passkey, note_proof, show_code
from dashboard.deeds import staff_user
from dashboard.signing_in import options_on_page

#: What the person typed as proof, apart from what the page itself wants.
PREFIX = "proof"
CSRF = "csrfmiddlewaretoken"


class ProofForm(forms.Form):
    """One of the three is enough."""

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
    """No field alone is needed, and yet none is "optional"."""
    for field in form.fields.values():
        vars(field)["is_one_of_several"] = True


def ask_if_stale(request: HttpRequest, view: Any) -> HttpResponse | None:
    """The page that asks, when `view` needs a fresh proof and there is none; else nothing."""
    wanted = getattr(view, FRESH, "")
    asks = wanted == OPENING or (wanted and request.method == "POST")
    if not asks or is_fresh(request.session, now=timezone.now()):
        return None
    if request.method != "POST":
        return redirect(f"{reverse('dashboard:prove')}?{urlencode({'next': request.path})}")
    form = ProofForm(request.POST if _typed(request) else None, user=staff_user(request))
    if form.is_bound and prove(request, form):
        return None
    return proof_page(request, form, carry=True)


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """What was posted but for the proof: it goes along, hidden."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != CSRF and not name.startswith(f"{PREFIX}-")
        for value in values
    ]


def proof_page(request: HttpRequest, form: ProofForm, *, carry: bool) -> HttpResponse:
    user = form.user
    context = {
        "form": form,
        "carried": carried(request) if carry else [],
        "action": request.get_full_path(),
        "options": options_on_page(request, user),
    }
    return render(request, "dashboard/prove.html", context, status=422 if form.errors else 200)


def prove(request: HttpRequest, form: ProofForm) -> bool:
    """Whether what was typed proves it. Wrong guesses are slow, and stand in the trail."""
    user, origin, now = form.user, origin_of_the_deed(), timezone.now()
    refuse_too_many_attempts(email=user.email, address=origin, known=SIGNED_IN)
    shown = _shown(form, user) if form.is_valid() else ""
    note_proof(shown=shown, now=now, by=user)
    if shown:
        note_fresh_proof(request.session, now=now)
        return True
    if form.cleaned_data.get("code"):
        count_wrong_code(user=user, address=origin, known=SIGNED_IN)
    else:
        count_failed_attempt(email=user.email, address=origin, known=SIGNED_IN)
    form.add_error(None, "That does not prove that it is you. Nothing was done yet; try again.")
    return False


def _shown(form: ProofForm, user: User) -> str:
    typed = form.cleaned_data
    if typed.get("password"):
        return "password" if user.check_password(typed["password"]) else ""
    if typed.get("code"):
        refuse_codes(user=user)
        return show_code(code=typed["code"], now=timezone.now(), by=user)
    if typed.get("credential"):
        found = passkey_shown(user, typed["credential"])
        return note_passkey(passkey=found, now=timezone.now(), by=user)
    return ""


def _typed(request: HttpRequest) -> bool:
    return any(name.startswith(f"{PREFIX}-") for name in request.POST)
