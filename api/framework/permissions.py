"""Permission checks of the API: every action declares what it needs, or is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

from django.utils import timezone
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access.auth.reauthentication import is_fresh, lacks_second_factor
from access.authz.policy import has_permission
from access.enums import Permission
from access.errors import ReauthenticationRequired
from common.errors import NotPermitted


class Open(Enum):
    """For what concerns only the caller's own account, or no patient at all."""

    STAFF = "any signed-in user"


#: What an endpoint needs. Of several permissions one is enough; the action checks the exact one.
Need: TypeAlias = Permission | tuple[Permission, ...] | Open
Rights: TypeAlias = Mapping[str, Need]


def declared_need(view: Any, verb: str) -> Need | None:
    """Return what `view` declares for `verb` (an action's name, or a method in lower case)."""
    rights: Rights = getattr(view, "rights", {})
    return rights.get(verb) or None


class DeclaredPermission(BasePermission):
    """Deny unless the endpoint declares a need and the caller has the permission at some site."""

    code = NotPermitted.code
    message = f"{NotPermitted.message} {NotPermitted.remedy}"

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated or request.user.must_change_password:
            return False
        by_session = request.auth is None
        if by_session and lacks_second_factor(request.user, request.session):
            return False
        verb = _verb(request, view)
        if verb is None:
            raise MethodNotAllowed(str(request.method))
        if not _meets(request, declared_need(view, verb)):
            return False
        if by_session and verb in getattr(view, "requires_reauthentication", ()):
            _require_reauthentication(request)
        return True


def _require_reauthentication(request: Request) -> None:
    """Require reauthentication, as pages do (clinic/middleware/permission_middleware.py).

    Not with a token: a program cannot show a password or second factor.
    """
    if not is_fresh(request.session, now=timezone.now()):
        raise ReauthenticationRequired


def _verb(request: Request, view: Any) -> str | None:
    """Return the action of the request's method; None if the URL does not support the method."""
    method = str(request.method).lower()
    verbs: Mapping[str, str] | None = getattr(view, "action_map", None)
    if verbs is not None:
        return verbs.get(method)
    method = "get" if method == "head" else method
    return method if hasattr(view, method) else None


def _meets(request: Request, need: Need | None) -> bool:
    if need is None:
        return False
    if isinstance(need, Open):
        return True
    rights = (need,) if isinstance(need, Permission) else need
    return any(has_permission(request.user, right) for right in rights)
