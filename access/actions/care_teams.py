"""Actions on care teams.

Each action checks the permission, changes rows and writes the audit entry in one transaction.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission, roles_at
from access.authz.roles import SEEING_PATIENTS
from access.enums import AuditAction, Permission, Role
from access.errors import (
    OwnAccessUnchanged,
)
from access.models import (
    CareTeamPlace,
    User,
)
from common.errors import Conflict, InvalidInput
from common.time_zones import day_of


@transaction.atomic
def add_to_care_team(
    *, patient: Any, user: User, planned_end_date: date, now: datetime, by: User
) -> CareTeamPlace:
    """Put `user` on the care team of `patient`; calling again changes the planned end.

    A staff member cannot choose themselves, so that nobody widens their own access. `patient` is a
    row with an id and a site. Raises OwnAccessUnchanged, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.ASSIGN_CARE_TEAM, on=patient)
    if user.pk == by.pk:
        raise OwnAccessUnchanged(
            "You cannot add yourself to a care team.",
            remedy="Ask a prescriber or the clinical director.",
        )
    if not {Role(role) for role in roles_at(user, patient.site_id)} & SEEING_PATIENTS:
        raise InvalidInput("This person does not see patients at this site.", field="user")
    today = day_of(now, patient.site.time_zone)
    if planned_end_date < today:
        raise InvalidInput("The planned end is in the past.", field="planned_end_date")
    place, _ = CareTeamPlace.objects.update_or_create(
        patient_id=patient.pk,
        user=user,
        ended_at=None,
        defaults={"planned_end_date": planned_end_date},
        create_defaults={
            "site_id": patient.site_id,
            "chosen_by": by,
            "since_date": today,
            "planned_end_date": planned_end_date,
        },
    )
    detail = {"member": user.pk, "until": planned_end_date.isoformat()}
    record(AuditAction.ADD_TO_CARE_TEAM, on=place, now=now, by=by, detail=detail)
    return place


@transaction.atomic
def take_off_care_team(*, place: CareTeamPlace, now: datetime, by: User) -> None:
    """End a place on a care team at once, without the days of grace after a planned end.

    Raises Conflict if it has ended already, NotPermitted or NotFound.
    """
    require_permission(by, Permission.ASSIGN_CARE_TEAM, on=place)
    ended = CareTeamPlace.objects.filter(pk=place.pk, ended_at__isnull=True).update(ended_at=now)
    if not ended:
        raise Conflict
    record(
        AuditAction.REMOVE_FROM_CARE_TEAM,
        on=place,
        now=now,
        by=by,
        detail={"member": place.user_id},
    )
