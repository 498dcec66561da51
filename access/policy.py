"""The one question, `may(user, Right.X, on=…)`, and its set form, `reach(user, Right.X)`.

A right holds at the sites where one of the user's roles includes it: for all patients there, or
for one's own caseload only (access/roles.py). An emergency opens one more record for reading.
Everybody else, and anybody not signed in, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from access.enums import Ground, Right, Role
from access.roles import CASELOAD_ONLY, NEEDING_SECOND_FACTOR, READ_IN_AN_EMERGENCY, RIGHTS
from common.days import day_of
from common.errors import NotFound, NotPermitted

if TYPE_CHECKING:
    from access.models import EmergencyAccess, User

Anyone: TypeAlias = "User | AnonymousUser"
NOWHERE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Reach:
    """Whom a right reaches: everybody at `sites`, and single `patients` (ids) besides.

    Of these some are `ending` (their care ended, the days of grace have not), some are open in an
    emergency and not otherwise.
    """

    sites: frozenset[int] = frozenset()
    patients: frozenset[int] = frozenset()
    ending: frozenset[int] = frozenset()
    emergencies: frozenset[int] = frozenset()

    def covers(self, on: Any) -> bool:
        """Whether `on`, a row with a `site_id`, is within reach."""
        return on.site_id in self.sites or patient_of(on) in self.patients

    def condition(self, site_path: str, patient_path: str) -> Q:
        """The same as a condition on rows that know their site and patient by these paths."""
        everybody = Q(**{f"{site_path}__in": self.sites})
        if not self.patients:
            return everybody
        return everybody | Q(**{f"{patient_path}__in": self.patients})

    def ground(self, site_id: int | None, patient_id: int | None) -> Ground | None:
        """Why it reaches a patient; None if it does not.

        Where `site_id` is not known, a right over any whole site may be the reason: whoever asks
        so, asks again when it is known (access/showing.py).
        """
        if site_id in self.sites:
            return Ground.SITE
        if patient_id in self.emergencies:
            return Ground.EMERGENCY
        if patient_id in self.ending:
            return Ground.GRACE
        if patient_id in self.patients:
            return Ground.CASELOAD
        return Ground.SITE if site_id is None and self.sites else None


class OpenEmergency(NamedTuple):
    """What a page says of it, without a row of anybody's record being loaded."""

    pk: int
    patient_id: int
    ends_at: datetime


@dataclass(frozen=True)
class Scope:
    """What a token may at most: some rights, at some sites. Its owner's reach decides the rest."""

    token: int
    rights: frozenset[Right]
    sites: frozenset[int]


def act_within(user: User, scope: Scope) -> None:
    """From now on this user object reaches no further than `scope`, whatever its owner holds."""
    user.__dict__["_scope"] = scope


def scope_of(user: Anyone) -> Scope | None:
    """The limits of the token that `user` acts through; None for a person."""
    found: Scope | None = user.__dict__.get("_scope")
    return found


def patient_of(on: Any) -> int | None:
    """The id of the patient whom a row concerns, if any: its own when it is the patient."""
    meta = getattr(on, "_meta", None)
    if meta is not None and meta.model_name == "patient":
        return int(on.pk)
    found: int | None = getattr(on, "patient_id", None)
    return found


def _assignments(user: User) -> list[tuple[int, str]]:
    """(site id, role) of `user`, read once per user object (so once per request)."""
    held: list[tuple[int, str]] | None = user.__dict__.get("_roles_held")
    if held is None:
        open_now = Exists(_open(user))
        rows = list(user.role_assignments.values_list("site_id", "role", open_now))
        held = [(site, role) for site, role, _ in rows]
        user.__dict__["_roles_held"] = held
        if not any(is_open for _, _, is_open in rows):
            user.__dict__["_emergencies"] = {}  # the usual day: nothing more to ask
    return held


def _open(user: User) -> QuerySet[EmergencyAccess]:
    now = timezone.now()
    return user.emergency_accesses.filter(opened_at__lte=now, ends_at__gt=now)


def forget_roles(user: User) -> None:
    """Read roles, caseload and emergencies anew at the next question (after a change of them)."""
    for kept in ("_roles_held", "_sites_by_right", "_caseload", "_emergencies"):
        user.__dict__.pop(kept, None)


def _caseload(user: User) -> list[tuple[int, int, date]]:
    """(site id, patient id, planned end) of the care teams `user` is on.

    Care that ended reaches some days more.

    Reach ends by itself when its time is over, so this one place reads the clock: a job that had
    to end it could stop, and access would go on.
    """
    held: list[tuple[int, int, date]] | None = user.__dict__.get("_caseload")
    if held is None:
        still = today_of_reach() - timedelta(days=settings.CARE_TEAM_GRACE_DAYS)
        places = user.care_team_places.on(still)
        held = list(places.values_list("site_id", "patient_id", "planned_end_date"))
        user.__dict__["_caseload"] = held
    return held


def today_of_reach() -> date:
    """The day by which reach that has an end, ends."""
    return day_of(timezone.now(), settings.TIME_ZONE)


def caseload(user: Anyone) -> frozenset[int]:
    """Ids of the patients on whose care team `user` is."""
    if not user.is_authenticated:
        return frozenset()
    return frozenset(patient for _, patient, _ in _caseload(user))


def has_caseload(user: Anyone) -> bool:
    """Whether a role of `user` has rights that end at a caseload."""
    return user.is_authenticated and any(
        Role(role) in CASELOAD_ONLY for _, role in _assignments(user)
    )


def open_emergencies(user: User) -> dict[int, OpenEmergency]:
    """Patient ids that `user` has opened in an emergency and may still read.

    Opened for a person at a screen: no token reads what its owner opened.
    """
    if scope_of(user) is not None:
        return {}
    held: dict[int, OpenEmergency] | None = user.__dict__.get("_emergencies")
    if held is None:
        rows = _open(user).values_list("pk", "patient_id", "ends_at")
        held = {row[1]: OpenEmergency(*row) for row in rows}
        user.__dict__["_emergencies"] = held
    return held


def roles_at(user: User, site_id: int | None) -> frozenset[str]:
    """Codes of the roles that `user` holds at the site, or anywhere if None."""
    return frozenset(role for site, role in _assignments(user) if site_id in (None, site))


def _roles_waiting(user: User) -> frozenset[str]:
    """Codes of the roles that a second person has not confirmed: they give no right at all."""
    return frozenset(user.role_proposals.waiting().values_list("role", flat=True))


def needs_second_factor(user: Anyone) -> bool:
    """Whether a role of `user`, held or waiting to be confirmed, must not be used by password alone."""
    if not settings.SECOND_FACTOR_REQUIRED or not user.is_authenticated:
        return False
    held = roles_at(user, None) or _roles_waiting(user)
    return any(Role(role) in NEEDING_SECOND_FACTOR for role in held)


def _sites(user: Anyone, right: Right, *, caseload_only: bool) -> frozenset[int]:
    """Where a role of `user` includes `right`, in the one extent or the other."""
    if not user.is_authenticated or not user.is_active:
        return NOWHERE
    held = _sites_by_right(user).get((right, caseload_only), NOWHERE)
    scope = scope_of(user)
    if scope is None:
        return held
    return held & scope.sites if right in scope.rights else NOWHERE


def _sites_by_right(user: User) -> dict[tuple[Right, bool], frozenset[int]]:
    """Of all rights at once, by (right, whether it ends at a caseload): a page asks for dozens."""
    kept: dict[tuple[Right, bool], frozenset[int]] | None = user.__dict__.get("_sites_by_right")
    if kept is None:
        found: defaultdict[tuple[Right, bool], set[int]] = defaultdict(set)
        for site, role in _assignments(user):
            of_caseload = CASELOAD_ONLY.get(Role(role), ())
            for right in RIGHTS[Role(role)]:
                found[right, right in of_caseload].add(site)
        kept = {key: frozenset(sites) for key, sites in found.items()}
        user.__dict__["_sites_by_right"] = kept
    return kept


def sites_held(user: Anyone) -> frozenset[int]:
    """Ids of the sites where `user` has any role, as far as a token reaches."""
    if not user.is_authenticated:
        return frozenset()
    held = frozenset(site for site, _ in _assignments(user))
    scope = scope_of(user)
    return held if scope is None else held & scope.sites


def rights_at(user: Anyone, site_id: int) -> frozenset[Right]:
    """What `user` may do at the site, to everybody there or to a caseload."""
    return frozenset(
        right
        for right in Right
        if any(site_id in _sites(user, right, caseload_only=only) for only in (False, True))
    )


def sites_with_right(user: Anyone, right: Right) -> frozenset[int]:
    """Ids of the sites where `user` holds `right` over everybody; empty for nobody signed in."""
    return _sites(user, right, caseload_only=False)


def reach(user: Anyone, right: Right) -> Reach:
    """Whom `right` reaches in the hands of `user`."""
    everywhere = _sites(user, right, caseload_only=False)
    caseload_at = _sites(user, right, caseload_only=True)
    if not user.is_authenticated or not (everywhere or caseload_at):
        return Reach()
    places = _caseload(user) if caseload_at else ()
    ends = {patient: end for site, patient, end in places if site in caseload_at}
    opened: set[int] = set()
    if right in READ_IN_AN_EMERGENCY and has_right(user, Right.OPEN_IN_EMERGENCY):
        opened = set(open_emergencies(user)) - set(ends)
    today = today_of_reach() if ends else date.max
    return Reach(
        everywhere,
        frozenset(ends) | opened,
        ending=frozenset(patient for patient, end in ends.items() if end < today),
        emergencies=frozenset(opened),
    )


def has_right(user: Anyone, right: str) -> bool:
    """Whether `user` holds `right` over anybody at any site. An unknown right is held by nobody."""
    try:
        wanted = Right(right)
    except ValueError:
        return False
    return bool(
        _sites(user, wanted, caseload_only=False) or _sites(user, wanted, caseload_only=True)
    )


def may(user: Anyone, right: Right, *, on: Any = None) -> bool:
    """Whether `user` may do `right` to `on` (anything with a `site_id`), or to anything if None."""
    if on is None:
        return has_right(user, right)
    opens_itself: Callable[[Anyone], bool] = getattr(on, "is_open_to", _to_all)
    return reach(user, right).covers(on) and opens_itself(user)


def _to_all(_: Anyone) -> bool:
    """Most rows are open to everybody whom the right reaches; counselling notes are not."""
    return True


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
