"""Check before a response is sent that every patient row it loaded is visible to the user.

Views read through `visible_to`, and a test checks their code for it. A related manager, a forward
foreign key or a shortcut of the framework bypasses that test, but not this guard: each row that was
loaded for the response is checked against the rule of its model. The check needs no query for
patients whose site is known. A row that was loaded without the column of its patient (`only`,
`defer`) is refused, because neither this guard nor the audit trail could name the patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.actor import Actor
from access.audit.record import role_names
from access.enums import AccessBasis
from access.errors import UnauthorizedRows
from access.models import User
from access.row_tracking import ChildRecord, TrackedReads

#: Bases of access from weakest to strongest; the last one that applies is recorded.
BY_WEIGHT = [
    AccessBasis.SITE,
    AccessBasis.CASELOAD,
    AccessBasis.GRACE,
    AccessBasis.AUTHOR,
    AccessBasis.NAMED,
    AccessBasis.EMERGENCY,
]


@dataclass
class GuardResult:
    """Result of the check for one user: basis by patient, and models with rows not visible."""

    grounds: dict[int, AccessBasis] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    #: A row's patient has no known site: check again when it is known.
    unsure: bool = False

    def refuse(self, *, page: str, by: Actor) -> None:
        """Raise UnauthorizedRows if a row is not visible; it names models, page and roles only."""
        if not self.foreign:
            return
        who = role_names(by, None) if isinstance(by, User) else ""
        models = ", ".join(sorted(self.foreign))
        raise UnauthorizedRows(f"{page} loaded {models} beyond the reach of: {who or 'nobody'}")


def check_rows(
    reading: TrackedReads, user: Actor, *, sites: Mapping[int, int] | None = None
) -> GuardResult:
    """Check each loaded row by its model's rule; `sites` adds known sites of patients."""
    known = {**reading.sites, **(sites or {})}
    found = GuardResult()
    rules: dict[type, Any] = {}
    for row in reading.shown:
        model, loaded = type(row), row.__dict__
        patient_id = loaded[model.PATIENT_ID_FIELD]
        if model not in rules:
            rules[model] = model.row_rule_for(user)
        site_id = loaded.get("site_id") or known.get(patient_id)
        ground = rules[model](loaded, site_id)
        found.unsure |= site_id is None
        if ground is None:
            found.foreign.add(model.__name__)
        else:
            before = found.grounds.get(patient_id, ground)
            found.grounds[patient_id] = max(before, ground, key=BY_WEIGHT.index)
    found.foreign |= reading.nameless | _foreign_parts(reading, user)
    return found


def _foreign_parts(reading: TrackedReads, user: Actor) -> set[str]:
    """Models of child records that `user` may not see.

    A child whose parent was loaded, too, is checked with the parent. For the others the database is
    queried.
    """
    wholes = {(type(row), row.pk) for row in (*reading.shown, *reading.parts)}
    alone: dict[type[ChildRecord], set[int]] = {}
    for part in reading.parts:
        whole_id = part.__dict__.get(f"{part.WHOLE}_id")
        if (part.parent_model(), whole_id) not in wholes:
            alone.setdefault(type(part), set()).add(part.pk)
    return {model.__name__ for model, ids in alone.items() if not _all_visible(model, ids, user)}


def _all_visible(model: type[ChildRecord], ids: Iterable[int], user: Actor) -> bool:
    wanted = set(ids)
    rows: Any = model._default_manager
    return bool(rows.visible_to(user).filter(pk__in=wanted).count() == len(wanted))
