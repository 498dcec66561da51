"""Over whom an administrator has a say: never oneself, and nobody who works where one does not manage."""

from __future__ import annotations

from access.authz.policy import require_permission, sites_with_permission
from access.enums import Permission
from access.errors import OwnAccessUnchanged
from access.models import User
from common.errors import NotPermitted


def require_at(site_id: int, by: User) -> None:
    """A right holds at the sites where its role is held: nobody gives roles elsewhere."""
    if site_id not in sites_with_permission(by, Permission.MANAGE_USERS):
        raise NotPermitted("You manage staff at other sites than this one.")


def require_over(user: User, by: User) -> None:
    """Who manages staff at all of the person's sites: whoever sets a password could use it at each."""
    require_permission(by, Permission.MANAGE_USERS)
    refuse_own(user, by)
    if not _sites_of(user) <= sites_with_permission(by, Permission.MANAGE_USERS):
        raise NotPermitted(
            "This person works at sites that you do not manage, too.",
            remedy="Ask an administrator of all their sites, or have the roles there withdrawn first.",
        )


def require_over_some(user: User, by: User) -> None:
    """Who manages staff at one of the person's sites: enough for what only takes access away."""
    require_permission(by, Permission.MANAGE_USERS)
    refuse_own(user, by)
    sites = _sites_of(user)
    if sites and not sites & sites_with_permission(by, Permission.MANAGE_USERS):
        raise NotPermitted("This person works at sites that you do not manage.")


def _sites_of(user: User) -> set[int]:
    """Where they hold a role, or are to hold one."""
    held = set(user.role_assignments.values_list("site_id", flat=True))
    return held | set(user.role_proposals.waiting().values_list("site_id", flat=True))


def refuse_own(user: User, by: User) -> None:
    if user.pk == by.pk:
        raise OwnAccessUnchanged
