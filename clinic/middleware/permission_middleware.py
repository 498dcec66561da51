"""Middleware: refuse every view without a declared permission, and show errors as pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from access.auth.reauthentication import lacks_second_factor
from access.authz.policy import has_permission
from access.decorators import ANYONE, BEFORE_NEW_PASSWORD, BEFORE_SECOND_FACTOR, NEEDS, OPEN, STAFF
from access.enums import Permission
from common.errors import Conflict, DomainError, NotFound, NotPermitted
from dashboard.reauthentication import reauthenticate_if_stale

#: These namespaces check permissions themselves, proved by tests: the API in its permission class,
#: the admin in its site.
OWN_GATE = ("api", "admin")

STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotPermitted, 403),
    (NotFound, 404),
    (Conflict, 409),
    (DomainError, 400),
)


class PermissionMiddleware:
    """Checks the declared permission before every dashboard view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if must_choose_password(request, view):
            return redirect("dashboard:own_password")
        if must_set_up_factor(request, view):
            return redirect("dashboard:factors")
        match = request.resolver_match
        if match is None or (match.namespaces and match.namespaces[0] in OWN_GATE):
            return None
        opened = getattr(view, OPEN, None)
        if opened == ANYONE:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        rights: frozenset[Permission] = getattr(view, NEEDS, frozenset())
        if opened == STAFF or any(has_permission(request.user, right) for right in rights):
            return reauthenticate_if_stale(request, view)
        return refusal(request, NotPermitted())

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Show a domain error as a page that says what to do next."""
        return refusal(request, problem) if isinstance(problem, DomainError) else None


def must_choose_password(request: HttpRequest, view: Callable[..., Any]) -> bool:
    """Whether the user must first choose a new password, because somebody else knows this one.

    Holds for dashboard and admin. The API refuses by itself (api/framework/permissions.py), because
    programs do not follow a redirect.
    """
    spaces = request.resolver_match.namespaces if request.resolver_match else []
    if "api" in spaces or not getattr(request.user, "must_change_password", False):
        return False
    opened = getattr(view, OPEN, None) == ANYONE or getattr(view, BEFORE_NEW_PASSWORD, False)
    return not opened


def must_set_up_factor(request: HttpRequest, view: Callable[..., Any]) -> bool:
    """Whether the user signed in by password alone and must first set up a second factor.

    The API refuses by itself; its documentation page is refused here.
    """
    if getattr(request.user, "must_change_password", False):
        return False  # the password comes first and has a page of its own
    spaces = request.resolver_match.namespaces if request.resolver_match else []
    opened = getattr(view, OPEN, None)
    if "api" in spaces and opened is None:
        return False
    if opened == ANYONE or getattr(view, BEFORE_SECOND_FACTOR, False):
        return False
    return lacks_second_factor(request.user, request.session)


def refusal(request: HttpRequest, problem: DomainError) -> HttpResponse:
    status = next(code for kind, code in STATUS if isinstance(problem, kind))
    return render(request, "dashboard/refusal.html", {"problem": problem}, status=status)
