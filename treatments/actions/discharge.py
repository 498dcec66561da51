"""Action that discharges a patient and ends their plan."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from access.audit.record import record
from access.enums import AuditAction
from access.models import User
from patients.actions.discharges import discharge
from patients.enums import DischargeReason
from patients.models import Episode
from treatments.actions.treatment_plans import _close
from treatments.enums import PlanStatus
from treatments.models import (
    TreatmentPlan,
)


@transaction.atomic
def discharge_from_care(
    *,
    episode: Episode,
    discharge_date: date,
    reason: DischargeReason,
    now: datetime,
    by: User,
) -> Episode:
    """End the episode, close its active plan and discard a draft.

    Raises the errors of `patients.actions.episodes.discharge`.
    """
    ended = discharge(episode=episode, discharge_date=discharge_date, reason=reason, now=now, by=by)
    for plan in TreatmentPlan.objects.select_for_update(no_key=True, of=("self",)).filter(
        episode=episode, status__in=[PlanStatus.DRAFT, PlanStatus.ACTIVE]
    ):
        if plan.is_draft:
            record(
                AuditAction.DISCARD_DRAFT, on=plan, now=now, by=by, detail={"version": plan.number}
            )
            plan.delete()
        else:
            _close(plan, discharge_date, now, by)
    return ended
