"""Decorators that declare who may open a view.

A view without one of them is refused (clinic/middleware/permission_middleware.py).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from access.enums import Permission

View = TypeVar("View", bound=Callable[..., Any])

NEEDS = "needs_rights"
OPEN = "open_to"
ANYONE = "anyone"
STAFF = "staff"
BEFORE_NEW_PASSWORD = "open_before_new_password"  # noqa: S105 - no secret # nosec B105
BEFORE_SECOND_FACTOR = "open_before_second_factor"
FRESH = "requires_reauthentication"
POSTING = "posting"
OPENING = "opening"


def requires(*rights: Permission) -> Callable[[View], View]:
    """Open the view to users who hold at least one of `rights` anywhere.

    The action behind the view checks the exact permission again.
    """

    def mark(view: View) -> View:
        setattr(view, NEEDS, frozenset(rights))
        return view

    return mark


def open_to_anyone(view: View) -> View:
    """Open the view without sign-in: the sign-in page and health checks without patient data."""
    setattr(view, OPEN, ANYONE)
    return view


def open_before_new_password(view: View) -> View:
    """Open the view to users who must choose a new password first: to do so or sign out."""
    setattr(view, BEFORE_NEW_PASSWORD, True)
    return view


def open_before_second_factor(view: View) -> View:
    """Open the view to users who must set up a second factor first: to do so or sign out."""
    setattr(view, BEFORE_SECOND_FACTOR, True)
    return view


def requires_reauthentication(view: View) -> View:
    """Require reauthentication for a POST, unless the user did so in the last minutes."""
    setattr(view, FRESH, POSTING)
    return view


def requires_reauthentication_to_open(view: View) -> View:
    """Require reauthentication for any request to the view, including a GET."""
    setattr(view, FRESH, OPENING)
    return view


def open_to_staff(view: View) -> View:
    """Open the view to every signed-in user: for overview pages and one's own account."""
    setattr(view, OPEN, STAFF)
    return view
