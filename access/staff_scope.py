"""Checks of which staff accounts an administrator may change.

Never their own, and none with a role at a site where they do not manage staff.
"""

from __future__ import annotations

from access.authz.policy import require_permission, sites_with_permission
from access.enums import Permission
from access.errors import OwnAccessUnchanged
from access.models import User
from common.errors import NotPermitted


def require_at(site_id: int, by: User) -> None:
    """Raise NotPermitted unless `by` manages staff at the site."""
    if site_id not in sites_with_permission(by, Permission.MANAGE_USERS):
        raise NotPermitted("You do not manage staff at this site.")


def require_over(user: User, by: User) -> None:
    """Require that `by` manages staff at all sites of `user`.

    An administrator who sets a password could use it at each of these sites. Raises NotPermitted or
    OwnAccessUnchanged.
    """
    require_permission(by, Permission.MANAGE_USERS)
    refuse_own(user, by)
    if not _sites_of(user) <= sites_with_permission(by, Permission.MANAGE_USERS):
        raise NotPermitted(
            "This person also works at sites that you do not manage.",
            remedy="Ask an administrator of all their sites, or have the roles at those sites withdrawn first.",
        )


def require_over_some(user: User, by: User) -> None:
    """Require that `by` manages staff at one site of `user`.

    Enough for actions that only take access away. Raises NotPermitted or OwnAccessUnchanged.
    """
    require_permission(by, Permission.MANAGE_USERS)
    refuse_own(user, by)
    sites = _sites_of(user)
    if sites and not sites & sites_with_permission(by, Permission.MANAGE_USERS):
        raise NotPermitted("This person works at sites that you do not manage.")


def _sites_of(user: User) -> set[int]:
    """Sites where `user` holds a role or has one waiting to be confirmed."""
    held = set(user.role_assignments.values_list("site_id", flat=True))
    return held | set(user.role_proposals.waiting().values_list("site_id", flat=True))


def refuse_own(user: User, by: User) -> None:
    """Raise OwnAccessUnchanged if `user` is `by`."""
    if user.pk == by.pk:
        raise OwnAccessUnchanged
