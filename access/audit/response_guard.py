"""The second net: nothing leaves that its reader may not see, however a face came by it.

Faces read through `visible_to`, and a guard over their code says so. A related manager, a forward
foreign key or a shortcut of the framework goes around that guard; it does not go around this:
every row that a face loaded is judged by its model's own rule before the answer leaves. In
memory, for all whose patient's site is known. A row that came without saying whose it is (`only`,
`defer`) is nobody's to see: neither this nor the trail could name a patient.
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

#: What tells most of why a record was open stands last.
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
    """Of what was loaded for one reader: the grounds by patient, and what was not theirs to see."""

    grounds: dict[int, AccessBasis] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    #: There is a row of whose patient nobody said the site: judged again when it is known.
    unsure: bool = False

    def refuse(self, *, page: str, by: Actor) -> None:
        """Raises UnauthorizedRows, which names models, page and roles, and nobody."""
        if not self.foreign:
            return
        who = role_names(by, None) if isinstance(by, User) else ""
        models = ", ".join(sorted(self.foreign))
        raise UnauthorizedRows(f"{page} loaded {models} beyond the reach of: {who or 'nobody'}")


def check_rows(
    reading: TrackedReads, user: Actor, *, sites: Mapping[int, int] | None = None
) -> GuardResult:
    """Every row that a face loaded, by its model's rule; `sites` says more of where patients are."""
    known = {**reading.sites, **(sites or {})}
    found = GuardResult()
    judges: dict[type, Any] = {}
    for row in reading.shown:
        model, loaded = type(row), row.__dict__
        patient_id = loaded[model.PATIENT_ID_FIELD]
        if model not in judges:
            judges[model] = model.row_rule_for(user)
        site_id = loaded.get("site_id") or known.get(patient_id)
        ground = judges[model](loaded, site_id)
        found.unsure |= site_id is None
        if ground is None:
            found.foreign.add(model.__name__)
        else:
            before = found.grounds.get(patient_id, ground)
            found.grounds[patient_id] = max(before, ground, key=BY_WEIGHT.index)
    found.foreign |= reading.nameless | _foreign_parts(reading, user)
    return found


def _foreign_parts(reading: TrackedReads, user: Actor) -> set[str]:
    """Parts whose whole was loaded, too, are judged with it; for others the database is asked."""
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
