"""What a page needs, said beside the page. A page that says nothing is shut (clinic/middleware/permissions.py)."""

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
    """The page is for who holds at least one of `rights` somewhere; its action asks again, exactly."""

    def mark(view: View) -> View:
        setattr(view, NEEDS, frozenset(rights))
        return view

    return mark


def open_to_anyone(view: View) -> View:
    """No sign-in: the sign-in page itself, and health checks that say nothing of patients."""
    setattr(view, OPEN, ANYONE)
    return view


def open_before_new_password(view: View) -> View:
    """Also for who must choose a new password first: choosing it, and leaving."""
    setattr(view, BEFORE_NEW_PASSWORD, True)
    return view


def open_before_second_factor(view: View) -> View:
    """Also for who must set up a second factor first: setting it up, and leaving."""
    setattr(view, BEFORE_SECOND_FACTOR, True)
    return view


def requires_reauthentication(view: View) -> View:
    """What is posted here asks once more who sits there, unless that was asked minutes ago."""
    setattr(view, FRESH, POSTING)
    return view


def requires_reauthentication_to_open(view: View) -> View:
    """The same, before the page is even shown."""
    setattr(view, FRESH, OPENING)
    return view


def open_to_staff(view: View) -> View:
    """Everybody signed in: pages that only lead on, and one's own account."""
    setattr(view, OPEN, STAFF)
    return view
