"""Let a form that arrives after the idle timeout continue once its user signs in again.

The sign-in page carries the fields as hidden inputs and posts them to their original address. Only
the account that typed them can continue; the account is signed, so it cannot be changed in the
browser.
"""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from access.actions.second_factor import record_password_accepted
from access.actions.sign_ins import record_sign_in
from access.audit.record import current_origin
from access.auth.login_throttle import count_failed_attempt, refuse_too_many_attempts
from access.auth.second_factor import has_factor
from access.authz.policy import needs_second_factor
from access.models import User
from common.errors import DomainError
from dashboard.known_devices import known_browser
from dashboard.reauthentication import PREFIX, ReauthenticationForm, carried
from dashboard.sign_in_steps import active_user, complete, factor_shown, options_on_page

SALT = "mainstay.typed-before-the-idle-limit"
#: How long the page stays valid.
WAITS_SECONDS = 60 * 60
ACCOUNT = f"{PREFIX}-account"
#: Not resumed: signing in and out, API clients, and the admin, where forms are short.
NOT_CARRIED = ("/api/", "/admin/", "/sign-in", "/sign-out")
WRONG = "The password or code is wrong. Nothing was saved yet; try again."


class AgainForm(ReauthenticationForm):
    """Asks for the same as signing in: the password, and the second factor if there is one."""

    takes_code = staticmethod(has_factor)

    def __init__(self, typed: QueryDict | None, *, user: User) -> None:
        super().__init__(typed, user=user)
        if "code" in self.fields:
            self.fields["code"].label = "Code from your app, or a recovery code"


def can_resume(request: HttpRequest, user: User) -> bool:
    """Whether this is an ordinary form of a user who can sign in again on one page."""
    return (
        request.method == "POST"
        and request.content_type == "application/x-www-form-urlencoded"
        and not request.path.startswith(NOT_CARRIED)
        and request.headers.get("HX-Request") != "true"
        and not user.must_change_password
        and (has_factor(user) or not needs_second_factor(user))
    )


def ask_again(request: HttpRequest, user: User) -> HttpResponse:
    """The page that carries the fields, for the account whose session has just ended."""
    return _page(request, AgainForm(None, user=user))


def resume_post(request: HttpRequest) -> HttpResponse | None:
    """Sign in the user who answers that page and let the post continue.

    None if the post may continue, or if it is no such post.
    """
    if request.method != "POST" or request.user.is_authenticated or ACCOUNT not in request.POST:
        return None
    user = _whose(request)
    if user is None or not can_resume(request, user):
        return redirect("dashboard:sign_in")
    form = AgainForm(request.POST, user=user)
    try:
        shown = _shown(form, known_browser(request, user.email)) if form.is_valid() else ""
        if shown:
            complete(
                request, user, shown=shown, second_factor=shown != "password", then=request.path
            )
            return None
        form.add_error(None, WRONG)
    except DomainError as problem:
        form.add_error(None, f"{problem.message} {problem.remedy}".strip())
    return _page(request, form)


def _page(request: HttpRequest, form: AgainForm) -> HttpResponse:
    user = form.user
    claim = [user.pk, user.get_session_auth_hash(), request.path]
    context = {
        "form": form,
        "whose": user.email,
        "carried": [*carried(request), (ACCOUNT, signing.dumps(claim, salt=SALT))],
        "action": request.get_full_path(),
        "options": options_on_page(request, user) if has_factor(user) else "",
    }
    return render(
        request, "dashboard/resume_post.html", context, status=422 if form.errors else 200
    )


def _whose(request: HttpRequest) -> User | None:
    """The account that sent the form to this address, if it is unchanged since then."""
    try:
        pk, known, path = signing.loads(request.POST[ACCOUNT], salt=SALT, max_age=WAITS_SECONDS)
    except signing.BadSignature:
        return None
    user = active_user(pk)
    if user is None or path != request.path:
        return None
    return user if constant_time_compare(known, user.get_session_auth_hash()) else None


def _shown(form: AgainForm, known: str) -> str:
    """The factor that was accepted, as the audit trail names it; "" counts one more failure."""
    user, origin, now = form.user, current_origin(), timezone.now()
    typed = form.cleaned_data
    if typed.get("credential"):
        return factor_shown(typed, user, known)
    refuse_too_many_attempts(email=user.email, address=origin, known=known)
    if not user.check_password(typed.get("password", "")):
        count_failed_attempt(email=user.email, address=origin, known=known)
        record_sign_in(succeeded=False, now=now, by=user)
        return ""
    if not has_factor(user):
        return "password"
    record_password_accepted(now=now, by=user)
    shown = factor_shown(typed, user, known)
    return f"password and {shown}" if shown else ""
