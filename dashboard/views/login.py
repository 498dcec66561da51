"""Sign in, sign out, change the password; and the home page of each role."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.actions.accounts import service_account
from access.actions.passwords import change_own_password
from access.actions.second_factor import begin_grace, record_password_accepted
from access.actions.sign_ins import record_sign_in, record_sign_out, record_unknown_sign_in
from access.audit.record import current_origin
from access.auth.login_throttle import account_of, count_failed_attempt, refuse_too_many_attempts
from access.auth.second_factor import has_factor
from access.authz.policy import has_permission, needs_second_factor
from access.decorators import (
    open_before_new_password,
    open_before_second_factor,
    open_to_anyone,
    open_to_staff,
)
from access.forms.accounts import OwnPasswordForm
from access.models import User
from common.errors import NotPermitted
from dashboard.context_processors import MENU
from dashboard.forms.sign_in import SignInForm
from dashboard.http.form_views import form_page, staff_user
from dashboard.known_devices import known_browser
from dashboard.sign_in_steps import ask_second_factor, complete, stay_signed_in


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "dashboard/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse after too many attempts, before the password is checked."""
        email = request.POST.get("username", "")
        known = known_browser(request, email)
        refuse_too_many_attempts(email=email, address=current_origin(), known=known)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """After the right password: go to the second factor, or to setting one up."""
        user, then = form.get_user(), self.get_redirect_url()
        if not isinstance(user, User):
            raise NotPermitted
        if has_factor(user):
            record_password_accepted(now=timezone.now(), by=user)
            return ask_second_factor(self.request, user, then=then)
        if needs_second_factor(user):
            begin_grace(now=timezone.now(), by=user)
        return complete(self.request, user, shown="password", second_factor=False, then=then)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        address = str(form.data.get("username", ""))
        known = known_browser(self.request, address)
        count_failed_attempt(email=address, address=current_origin(), known=known)
        named = form.cleaned_data.get("username", "")  # missing if it is no e-mail address
        if named:
            _record_failure(named)
        response = super().form_invalid(form)
        response.status_code = 422
        return response


def _record_failure(email: str) -> None:
    """Record a failed sign-in. Takes equally long whether or not there is such an account."""
    now = timezone.now()
    door = service_account("sign-in", now=now)
    user = User.objects.filter(email__iexact=email, is_service=False).first()
    if user is not None:
        record_sign_in(succeeded=False, now=now, by=user)
    else:
        record_unknown_sign_in(account=account_of(email), now=now, by=door)


sign_in = open_to_anyone(SignIn.as_view())


@open_before_new_password
@open_before_second_factor
@open_to_staff
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    record_sign_out(now=timezone.now(), by=staff_user(request))
    logout(request)
    return redirect("dashboard:sign_in")


@open_to_staff
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the first menu page that the user may see."""
    for _, name, right in MENU:
        if has_permission(request.user, right):
            return redirect(name)
    return redirect("dashboard:no_role")


@open_before_new_password
@open_to_staff
def own_password(request: HttpRequest) -> HttpResponseBase:
    user = staff_user(request)

    def change(data: dict[str, Any]) -> bool:
        change_own_password(now=timezone.now(), by=user, **data)
        stay_signed_in(request, user)
        return True

    return form_page(
        request,
        OwnPasswordForm(request.POST or None),
        change,
        title="Choose a new password" if user.must_change_password else "Change password",
        button="Change password",
        done="Password changed. You were signed out everywhere else.",
        back=reverse("dashboard:home"),
    )
