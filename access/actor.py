"""Types for the user whose permissions are asked: a staff member or an anonymous visitor.

`access.authz` works with these protocols instead of the models, so that the models can import
`access.authz` without an import circle.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeGuard


class Actor(Protocol):
    """Anybody who sends a request. `AnonymousUser` and `access.models.User` both fit."""

    @property
    def pk(self) -> Any: ...

    @property
    def is_active(self) -> bool: ...

    @property
    def is_authenticated(self) -> bool: ...


class StaffActor(Actor, Protocol):
    """An account with roles. The four attributes are Django's related managers."""

    @property
    def role_assignments(self) -> Any: ...

    @property
    def role_proposals(self) -> Any: ...

    @property
    def care_team_places(self) -> Any: ...

    @property
    def emergency_accesses(self) -> Any: ...


def is_signed_in(user: Actor) -> TypeGuard[StaffActor]:
    """Whether `user` is a staff account and not an anonymous visitor."""
    return user.is_authenticated
