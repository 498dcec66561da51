"""API tokens: users make and revoke their own; administrators only revoke those of others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access.actions.tokens import (
    issue_api_token,
    may_be_given,
    revoke_api_token,
    revoke_staff_token,
)
from access.authz.policy import sites_with_any_role
from access.decorators import (
    open_to_staff,
    requires,
    requires_reauthentication,
    requires_reauthentication_to_open,
)
from access.enums import Permission
from access.models import ApiToken, Site, User
from common.form_fields import day_field
from common.time_zones import day_bounds, day_of
from dashboard.http.form_views import action_button, attempt, staff_user

#: Default lifetime; anything up to a year may be chosen.
USUAL_DAYS = 90


class TokenForm(forms.Form):
    name = forms.CharField(
        label="Purpose", max_length=100, help_text="For example “laboratory results”."
    )
    rights = forms.MultipleChoiceField(
        label="Permissions",
        widget=forms.CheckboxSelectMultiple,
        help_text="Only permissions that you have. Signing, emergency access and staff accounts are not possible with a token.",
    )
    sites = forms.ModelMultipleChoiceField(
        label="Sites", queryset=Site.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    last_day = day_field("Valid through", help_text="At most one year.")

    def __init__(self, *args: Any, by: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [right for right in Permission if may_be_given(by, right)]
        self.fields["rights"].choices = [  # type: ignore[attr-defined]
            (right.name, right.value.capitalize()) for right in given
        ]
        places = Site.objects.filter(pk__in=sites_with_any_role(by)).order_by("name")
        self.fields["sites"].queryset = places  # type: ignore[attr-defined]
        self.initial.setdefault("last_day", today + timedelta(days=USUAL_DAYS))
        if len(places) == 1:
            self.initial.setdefault("sites", places)

    def clean_rights(self) -> list[Permission]:
        return [Permission[name] for name in self.cleaned_data["rights"]]


@requires_reauthentication_to_open
@open_to_staff
def new_token(request: HttpRequest) -> HttpResponse:
    user, now, zone = staff_user(request), timezone.now(), settings.TIME_ZONE
    form = TokenForm(request.POST or None, by=user, today=day_of(now, zone))

    def issue(data: dict[str, Any]) -> tuple[ApiToken, str]:
        ends_at = day_bounds(data.pop("last_day"), zone)[1]
        return issue_api_token(expires_at=ends_at, now=now, by=user, **data)

    issued = attempt(form, issue) if request.method == "POST" else None
    if issued is not None:
        token, secret = issued
        return render(request, "dashboard/api_token.html", {"token": token, "secret": secret})
    context = {
        "form": form,
        "title": "New API token",
        "button": "Create token",
        "back": reverse("dashboard:account"),
        "note": "A token lets another system work in your name. It can do only what you choose here, and never more than you can do yourself.",
    }
    return render(request, "dashboard/form.html", context, status=422 if form.errors else 200)


@open_to_staff
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    token = get_object_or_404(user.api_tokens, pk=pk)
    return action_button(
        request,
        lambda: revoke_api_token(token=token, now=timezone.now(), by=user),
        done="Token revoked.",
        back=reverse("dashboard:account"),
    )


@requires(Permission.MANAGE_USERS)
@require_GET
def staff_tokens(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk, is_service=False)
    context = {"person": person, "tokens": tokens_of(person)}
    return render(request, "dashboard/staff_api_tokens.html", context)


@requires_reauthentication
@requires(Permission.MANAGE_USERS)
@require_POST
def end_staff_token(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.select_related("user"), pk=pk)
    return action_button(
        request,
        lambda: revoke_staff_token(token=token, now=timezone.now(), by=staff_user(request)),
        done="Token revoked.",
        back=reverse("dashboard:staff_tokens", args=[token.user_id]),
    )


@dataclass(frozen=True)
class TokenLine:
    """One line of a list of tokens, as text."""

    row: ApiToken
    may: list[str]
    where: list[str]
    is_good: bool


def tokens_of(user: User) -> list[TokenLine]:
    """All tokens of `user`, newest first, expired and revoked ones included."""
    places = {site.pk: site.name for site in Site.objects.all()}
    now = timezone.now()
    return [
        TokenLine(
            row,
            may=sorted(right.value for right in row.scope().rights),
            where=sorted(places[site] for site in row.sites if site in places),
            is_good=row.revoked_at is None and row.expires_at > now,
        )
        for row in user.api_tokens.order_by("-created_at", "-id")
    ]
