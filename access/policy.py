"""The one question, `may(user, Right.X, on=…)`, and its set form, `sites_with_right(user, Right.X)`.

A right holds at the sites where one of the user's roles includes it. Everybody
else, and anybody not signed in, is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib.auth.models import AnonymousUser

from access.enums import Right, Role
from access.roles import RIGHTS
from common.errors import NotFound, NotPermitted

if TYPE_CHECKING:
    from access.models import User

Anyone: TypeAlias = "User | AnonymousUser"


def _assignments(user: User) -> list[tuple[int, str]]:
    """(site id, role) of `user`, read once per user object (so once per request)."""
    held: list[tuple[int, str]] | None = user.__dict__.get("_roles_held")
    if held is None:
        held = list(user.role_assignments.values_list("site_id", "role"))
        user.__dict__["_roles_held"] = held
    return held


def forget_roles(user: User) -> None:
    """Read the roles anew at the next question (after a change of roles)."""
    user.__dict__.pop("_roles_held", None)


def roles_at(user: User, site_id: int | None) -> frozenset[str]:
    """Codes of the roles that `user` holds at the site, or anywhere if None."""
    return frozenset(role for site, role in _assignments(user) if site_id in (None, site))


def sites_with_right(user: Anyone, right: Right) -> frozenset[int]:
    """Ids of the sites where `user` holds `right`; empty for anybody not signed in."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    return frozenset(site for site, role in _assignments(user) if right in RIGHTS[Role(role)])


def has_right(user: Anyone, right: str) -> bool:
    """Whether `user` holds `right` at any site. An unknown right is held by nobody."""
    try:
        wanted = Right(right)
    except ValueError:
        return False
    return bool(sites_with_right(user, wanted))


def may(user: Anyone, right: Right, *, on: Any = None) -> bool:
    """Whether `user` may do `right` to `on` (anything with a `site_id`), or anywhere if None."""
    sites = sites_with_right(user, right)
    return bool(sites) if on is None else on.site_id in sites


def require(user: Anyone, right: Right, *, on: Any = None) -> None:
    """Refuse unless `may`. Raises NotPermitted, or NotFound where even existence is not theirs.

    Somebody with the right elsewhere, but not at this site, must not learn that
    the record exists (42 CFR 2.13(c)).
    """
    if may(user, right, on=on):
        return
    known = on is not None and may(user, Right.SEE_IDENTITY, on=on)
    if on is None or known:
        raise NotPermitted
    raise NotFound
