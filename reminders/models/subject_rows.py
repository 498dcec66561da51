"""Base classes for rows whose kind reveals something of the record, such as doses or a plan.

Each kind may need a permission of its own, besides the one that the list needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from access.actor import Actor
from access.authz.policy import access_scope
from access.enums import AccessBasis, Permission
from access.row_tracking import PatientRecord, RowRule
from patients.models import LinkedQuerySet

Row = TypeVar("Row", bound=models.Model)


class RowsByKind(LinkedQuerySet[Row]):
    """Rows visible with `seen_with` and, if `kind_rights` has their kind, that permission too."""

    kind_field: ClassVar[str]
    kind_rights: ClassVar[Mapping[str, Permission]]

    def visible_to(self, user: Actor) -> Self:
        told = ~Q(**{f"{self.kind_field}__in": list(self.kind_rights)})
        for right in sorted(set(self.kind_rights.values())):
            kinds = [kind for kind, needed in self.kind_rights.items() if needed == right]
            within = access_scope(user, right).condition(self.site_path, self.patient_path)
            told |= Q(**{f"{self.kind_field}__in": kinds}) & within
        return super().visible_to(user).filter(told)


class JudgedByKind(PatientRecord):
    """The same rule for a row that is already loaded."""

    class Meta:
        abstract = True

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        rows: Any = cls._default_manager.all()
        rights: Mapping[str, Permission] = rows.kind_rights
        listed = access_scope(user, rows.seen_with)
        besides = {kind: access_scope(user, right) for kind, right in rights.items()}

        def judge(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            more = besides.get(row.get(rows.kind_field, ""))
            if more is not None and more.ground(site_id, row.get("patient_id")) is None:
                return None
            return listed.ground(site_id, row.get("patient_id"))

        return judge
