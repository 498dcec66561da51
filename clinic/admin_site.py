"""The admin: the clinic's own sign-in, its own gate, and a looser content policy for its theme."""

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

#: Roles that have something to read here.
READERS = (
    Permission.SEE_CLINICAL,
    Permission.SEE_SCHEDULE,
    Permission.SEE_AUDIT,
    Permission.MANAGE_USERS,
)
#: Apps of others that would bring pages of their own.
NOT_OURS = {"auth", "account", "mfa"}


def environment(request: HttpRequest) -> list[str] | None:
    """The theme's own place for the ribbon that our pages carry."""
    if not settings.DEMONSTRATION:
        return None
    return ["Demonstration: invented patients, password alone", "warning"]


def idle_style(request: HttpRequest) -> str:
    return static("dashboard/idle.css")


def idle_script(request: HttpRequest) -> str:
    """The theme's page has no place for our attribute, so the script's address says how long."""
    return f"{static('dashboard/idle.js')}?seconds={settings.SESSION_IDLE_SECONDS}"


class ClinicAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Deny unless a role opens it; each list then asks again through its own right."""

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """What others bring has no page: no groups, because rights come from roles; no secrets of factors."""
        many = isinstance(model_or_iterable, list | tuple)
        models = model_or_iterable if many else (model_or_iterable,)
        if not any(model._meta.app_label in NOT_OURS for model in models):
            super().register(model_or_iterable, *args, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return any(has_permission(request.user, right) for right in READERS)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """The theme needs inline styles and evaluated attributes; our own pages never do."""
        inner = super().admin_view(view, cacheable)
        loosened: Callable[..., Any] = csp_update(
            {"style-src": [UNSAFE_INLINE], "script-src": [UNSAFE_EVAL]}
        )(inner)
        return loosened

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """One way in, so that every log-in leaves its trace."""
        if request.user.is_authenticated:
            return redirect("dashboard:home")
        return redirect_to_login("/admin/")

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The theme's search over everything would put names into addresses and into Redis."""
        raise Http404

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """No page here completes what is typed; Django's way would be by address, too."""
        raise Http404

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("dashboard:home")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("dashboard:home")
