"""The Django admin site with the clinic's sign-in, permissions and content security policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from unfold.sites import UnfoldAdminSite

from access.authz.policy import has_permission
from access.enums import Permission

#: Roles with something to read in the admin.
READERS = (
    Permission.SEE_CLINICAL,
    Permission.SEE_SCHEDULE,
    Permission.SEE_AUDIT,
    Permission.MANAGE_USERS,
)
#: Apps of other packages whose models get no admin page.
NOT_OURS = {"auth", "account", "mfa"}


def environment(request: HttpRequest) -> list[str] | None:
    """Return the environment label that the theme shows at the top of each admin page."""
    if not settings.DEMONSTRATION:
        return None
    return ["Demonstration: invented patients, password only", "warning"]


def idle_style(request: HttpRequest) -> str:
    return static("dashboard/idle.css")


def idle_script(request: HttpRequest) -> str:
    """Return the URL of the idle script with the limit; the theme has no attribute for it."""
    return f"{static('dashboard/idle.js')}?seconds={settings.SESSION_IDLE_SECONDS}"


class ClinicAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Admin site that only roles with a permission may enter; each list asks again for its own."""

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Skip models of other packages: groups grant nothing here, factor secrets are not shown."""
        many = isinstance(model_or_iterable, list | tuple)
        models = model_or_iterable if many else (model_or_iterable,)
        if not any(model._meta.app_label in NOT_OURS for model in models):
            super().register(model_or_iterable, *args, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return any(has_permission(request.user, right) for right in READERS)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Relax the content security policy for the theme, which needs inline styles and eval."""
        inner = super().admin_view(view, cacheable)
        loosened: Callable[..., Any] = csp_update(
            {"style-src": [UNSAFE_INLINE], "script-src": [UNSAFE_EVAL]}
        )(inner)
        return loosened

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Redirect to the dashboard's sign-in, so that every sign-in is recorded the same way."""
        if request.user.is_authenticated:
            return redirect("dashboard:home")
        return redirect_to_login("/admin/")

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Turn off the theme's global search, which would put names into URLs and into Redis."""
        raise Http404

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Turn off autocompletion: Django's version sends the typed text in the URL."""
        raise Http404

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("dashboard:home")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("dashboard:home")
