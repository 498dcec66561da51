"""Authorization of users: `can` checks one row, `access_scope` gives the condition for many.

A permission holds at the sites where one of the user's roles includes it, either for all patients
there or for the user's own caseload (access/authz/roles.py). Emergency access adds one record for
reading. All other requests are refused, and all those of users who are not signed in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, Q
from django.utils import timezone

from access.actor import Actor, StaffActor, is_signed_in
from access.authz.roles import (
    CASELOAD_ONLY,
    NEEDING_SECOND_FACTOR,
    PERMISSIONS,
    READ_IN_AN_EMERGENCY,
)
from access.enums import AccessBasis, Permission, Role
from common.errors import NotFound, NotPermitted
from common.time_zones import day_of

NOWHERE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class AccessScope:
    """The patients that a permission covers: all at `sites`, and single `patients` (ids).

    Of these single patients, `ending` are those whose care has ended while the days of grace have
    not, and `emergencies` those that are open only through emergency access.
    """

    sites: frozenset[int] = frozenset()
    patients: frozenset[int] = frozenset()
    ending: frozenset[int] = frozenset()
    emergencies: frozenset[int] = frozenset()

    def covers(self, on: Any) -> bool:
        """Whether the scope covers `on`, a row with a `site_id`."""
        return on.site_id in self.sites or patient_of(on) in self.patients

    def condition(self, site_path: str, patient_path: str) -> Q:
        """The scope as a condition on rows whose site and patient are found under these paths."""
        everybody = Q(**{f"{site_path}__in": self.sites})
        if not self.patients:
            return everybody
        return everybody | Q(**{f"{patient_path}__in": self.patients})

    def ground(self, site_id: int | None, patient_id: int | None) -> AccessBasis | None:
        """The basis on which the scope covers a patient; None if it does not.

        If `site_id` is not known, a permission for any whole site counts as the basis; the caller
        must check again when the site is known (access/audit/response_guard.py).
        """
        if site_id in self.sites:
            return AccessBasis.SITE
        if patient_id in self.emergencies:
            return AccessBasis.EMERGENCY
        if patient_id in self.ending:
            return AccessBasis.GRACE
        if patient_id in self.patients:
            return AccessBasis.CASELOAD
        return AccessBasis.SITE if site_id is None and self.sites else None


class OpenEmergency(NamedTuple):
    """What a page shows about an emergency access, without loading a patient's row."""

    pk: int
    patient_id: int
    ends_at: datetime


@dataclass(frozen=True)
class TokenScope:
    """The most that a token may do: permissions and sites; its owner's roles limit it further."""

    token: int
    rights: frozenset[Permission]
    sites: frozenset[int]


def limit_to_token(user: StaffActor, scope: TokenScope) -> None:
    """Limit this user object to `scope`, whatever permissions the owner has."""
    user.__dict__["_scope"] = scope


def token_scope_of(user: Actor) -> TokenScope | None:
    """The scope of the token that `user` acts through, or None for a session."""
    found: TokenScope | None = user.__dict__.get("_scope")
    return found


def patient_of(on: Any) -> int | None:
    """The id of the patient whom a row concerns, or None; for a patient's own row, its id."""
    found: int | None = getattr(on, getattr(on, "PATIENT_ID_FIELD", "patient_id"), None)
    return found


def _assignments(user: StaffActor) -> list[tuple[int, str]]:
    """(site id, role) of `user`, read once per user object, and therefore once per request."""
    held: list[tuple[int, str]] | None = user.__dict__.get("_roles_held")
    if held is None:
        open_now = Exists(_open(user))
        rows = list(user.role_assignments.values_list("site_id", "role", open_now))
        held = [(site, role) for site, role, _ in rows]
        user.__dict__["_roles_held"] = held
        if not any(is_open for _, _, is_open in rows):
            user.__dict__["_emergencies"] = {}  # none is open, the usual case: saves a query later
    return held


def _open(user: StaffActor) -> Any:
    now = timezone.now()
    return user.emergency_accesses.filter(opened_at__lte=now, ends_at__gt=now)


def forget_roles(user: StaffActor) -> None:
    """Clear the cached roles, caseload and emergencies of `user` after they have changed."""
    for kept in ("_roles_held", "_sites_by_right", "_caseload", "_emergencies"):
        user.__dict__.pop(kept, None)


def _caseload(user: StaffActor) -> list[tuple[int, int, date]]:
    """(site id, patient id, planned end) of the care teams that `user` is on.

    Includes care that ended at most CARE_TEAM_GRACE_DAYS ago. This function reads the clock itself,
    so that access ends without a job: a job could stop, and access would go on.
    """
    held: list[tuple[int, int, date]] | None = user.__dict__.get("_caseload")
    if held is None:
        still = access_date() - timedelta(days=settings.CARE_TEAM_GRACE_DAYS)
        places = user.care_team_places.on(still)
        held = list(places.values_list("site_id", "patient_id", "planned_end_date"))
        user.__dict__["_caseload"] = held
    return held


def access_date() -> date:
    """Today's date for deciding whether limited access has ended, in the clinic's time zone."""
    return day_of(timezone.now(), settings.TIME_ZONE)


def caseload(user: Actor) -> frozenset[int]:
    """Ids of the patients on whose care team `user` is."""
    if not is_signed_in(user):
        return frozenset()
    return frozenset(patient for _, patient, _ in _caseload(user))


def has_caseload(user: Actor) -> bool:
    """Whether a role of `user` has permissions that are limited to a caseload."""
    return is_signed_in(user) and any(Role(role) in CASELOAD_ONLY for _, role in _assignments(user))


def open_emergencies(user: StaffActor) -> dict[int, OpenEmergency]:
    """The emergency accesses of `user` that are still open, by patient id.

    Empty for API tokens: emergency access is only for the person who opened the record.
    """
    if token_scope_of(user) is not None:
        return {}
    held: dict[int, OpenEmergency] | None = user.__dict__.get("_emergencies")
    if held is None:
        rows = _open(user).values_list("pk", "patient_id", "ends_at")
        held = {row[1]: OpenEmergency(*row) for row in rows}
        user.__dict__["_emergencies"] = held
    return held


def roles_at(user: StaffActor, site_id: int | None) -> frozenset[str]:
    """Codes of the roles that `user` holds at the site, or anywhere if `site_id` is None."""
    return frozenset(role for site, role in _assignments(user) if site_id in (None, site))


def _roles_waiting(user: StaffActor) -> frozenset[str]:
    """Codes of the roles that a second person has not confirmed; they give no permission."""
    return frozenset(user.role_proposals.waiting().values_list("role", flat=True))


def needs_second_factor(user: Actor) -> bool:
    """Whether a role of `user`, held or waiting to be confirmed, requires a second factor."""
    if not settings.SECOND_FACTOR_REQUIRED or not is_signed_in(user):
        return False
    held = roles_at(user, None) or _roles_waiting(user)
    return any(Role(role) in NEEDING_SECOND_FACTOR for role in held)


def _sites(user: Actor, right: Permission, *, caseload_only: bool) -> frozenset[int]:
    """Sites where a role of `user` includes `right`: for the caseload only, or for all patients."""
    if not is_signed_in(user) or not user.is_active:
        return NOWHERE
    held = _sites_by_right(user).get((right, caseload_only), NOWHERE)
    scope = token_scope_of(user)
    if scope is None:
        return held
    return held & scope.sites if right in scope.rights else NOWHERE


def _sites_by_right(user: StaffActor) -> dict[tuple[Permission, bool], frozenset[int]]:
    """Sites by (permission, whether limited to a caseload); computed once, as pages ask often."""
    kept: dict[tuple[Permission, bool], frozenset[int]] | None = user.__dict__.get(
        "_sites_by_right"
    )
    if kept is None:
        found: defaultdict[tuple[Permission, bool], set[int]] = defaultdict(set)
        for site, role in _assignments(user):
            of_caseload = CASELOAD_ONLY.get(Role(role), ())
            for right in PERMISSIONS[Role(role)]:
                found[right, right in of_caseload].add(site)
        kept = {key: frozenset(sites) for key, sites in found.items()}
        user.__dict__["_sites_by_right"] = kept
    return kept


def sites_with_any_role(user: Actor) -> frozenset[int]:
    """Ids of the sites where `user` has any role, limited to those of a token."""
    if not is_signed_in(user):
        return frozenset()
    held = frozenset(site for site, _ in _assignments(user))
    scope = token_scope_of(user)
    return held if scope is None else held & scope.sites


def permissions_at(user: Actor, site_id: int) -> frozenset[Permission]:
    """The permissions of `user` at the site, for all patients there or for a caseload."""
    return frozenset(
        right
        for right in Permission
        if any(site_id in _sites(user, right, caseload_only=only) for only in (False, True))
    )


def sites_with_permission(user: Actor, right: Permission) -> frozenset[int]:
    """Ids of the sites where `user` holds `right` for all patients; empty if not signed in."""
    return _sites(user, right, caseload_only=False)


def access_scope(user: Actor, right: Permission) -> AccessScope:
    """The patients that `right` covers for `user`."""
    everywhere = _sites(user, right, caseload_only=False)
    caseload_at = _sites(user, right, caseload_only=True)
    if not is_signed_in(user) or not (everywhere or caseload_at):
        return AccessScope()
    places = _caseload(user) if caseload_at else ()
    ends = {patient: end for site, patient, end in places if site in caseload_at}
    opened: set[int] = set()
    if right in READ_IN_AN_EMERGENCY and has_permission(user, Permission.OPEN_IN_EMERGENCY):
        opened = set(open_emergencies(user)) - set(ends)
    today = access_date() if ends else date.max
    return AccessScope(
        everywhere,
        frozenset(ends) | opened,
        ending=frozenset(patient for patient, end in ends.items() if end < today),
        emergencies=frozenset(opened),
    )


def has_permission(user: Actor, right: str) -> bool:
    """Whether `user` holds `right` for any patient at any site; False for an unknown name."""
    try:
        wanted = Permission(right)
    except ValueError:
        return False
    return bool(
        _sites(user, wanted, caseload_only=False) or _sites(user, wanted, caseload_only=True)
    )


def can(user: Actor, right: Permission, *, on: Any = None) -> bool:
    """Whether `user` has `right` on `on`, a row with a `site_id`, or anywhere if `on` is None."""
    if on is None:
        return has_permission(user, right)
    opens_itself: Callable[[Actor], bool] = getattr(on, "is_open_to", _to_all)
    return access_scope(user, right).covers(on) and opens_itself(user)


def _to_all(_: Actor) -> bool:
    """Default of `is_open_to`: the permission alone decides; counseling notes decide by reader."""
    return True


def require_permission(user: Actor, right: Permission, *, on: Any = None) -> None:
    """Raise NotPermitted or NotFound unless `can(user, right, on=on)`.

    NotFound is raised if `user` may not even learn that the record exists, for example a user who
    has the permission only at another site (42 CFR 2.13(c)).
    """
    if can(user, right, on=on):
        return
    known = on is not None and can(user, Permission.SEE_IDENTITY, on=on)
    if on is None or known:
        raise NotPermitted
    raise NotFound
