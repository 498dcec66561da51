"""Actions on treatment plans."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.time_zones import day_of
from patients.errors import EpisodeClosed
from patients.models import Episode
from treatments.dosing import check_together
from treatments.enums import Arm, PlanStatus
from treatments.errors import PlanChanged, PlanIncomplete, PlanNotDraft
from treatments.models import (
    Intervention,
    TreatmentPlan,
)

#: A plan is reviewed at least this often unless its author sets an earlier date. Clinic default.
REVIEW_AFTER = timedelta(days=90)


@transaction.atomic
def sign_plan(
    *,
    plan: TreatmentPlan,
    revision: int | None = None,
    start_date: date | None = None,
    now: datetime,
    by: User,
) -> TreatmentPlan:
    """Make a draft the active plan; the version before it is superseded on the same day.

    `revision` is that of the draft that the signer has read; pages and the API always pass it. None
    is only for a caller that has just written the draft itself. Raises PlanChanged if the draft was
    changed since, PlanNotDraft, PlanIncomplete with what is missing, EpisodeClosed,
    OrdersContradict, NotPermitted or NotFound.
    """
    require_permission(by, Permission.SIGN_PLAN, on=plan)
    episode = _lock_episode(plan.episode_id)
    drafts = TreatmentPlan.objects.with_content().select_for_update(no_key=True, of=("self",))
    plan = drafts.get(pk=plan.pk)
    if not plan.is_draft:
        raise PlanNotDraft
    if revision is not None and plan.revision != revision:
        raise PlanChanged
    today = day_of(now, episode.site.time_zone)
    start = start_date or today
    _refuse_incomplete(plan, episode, start, today)
    _refuse_contradiction(plan)
    for earlier in TreatmentPlan.objects.active().filter(episode=episode):
        earlier.status = PlanStatus.SUPERSEDED
        earlier.end_date = max(start, earlier.start_date or start)
        earlier.save(update_fields=["status", "end_date"])
    plan.status = PlanStatus.ACTIVE
    plan.start_date = start
    plan.review_date = plan.review_date or start + REVIEW_AFTER
    plan.signed_by, plan.signed_at = by, now
    plan.save(update_fields=["status", "start_date", "review_date", "signed_by", "signed_at"])
    record(AuditAction.SIGN_PLAN, on=plan, now=now, by=by, detail={"version": plan.number})
    return plan


def _lock_episode(episode_id: int) -> Episode:
    """Lock the episode and its patient.

    The lock on the patient makes plans that are signed in two programs at once compare orders one
    after the other.
    """
    rows = Episode.objects.select_related("patient", "site")
    return rows.select_for_update(no_key=True, of=("self", "patient")).get(pk=episode_id)


def _refuse_contradiction(plan: TreatmentPlan) -> None:
    others = TreatmentPlan.objects.active().filter(patient=plan.patient_id)
    elsewhere = Intervention.objects.filter(
        goal__problem__plan__in=others.exclude(episode=plan.episode_id), arm=Arm.MEDICATION
    )
    check_together(
        ordered=[row.product for row in plan.medication],
        elsewhere=elsewhere.values_list("product", flat=True),
    )


def _refuse_incomplete(plan: TreatmentPlan, episode: Episode, start: date, today: date) -> None:
    if not episode.is_open:
        raise EpisodeClosed
    if start > today:
        raise PlanIncomplete(
            "A plan becomes active on the day it is signed, not later.",
            remedy="Sign the plan on its start date.",
            field="start_date",
        )
    if start < episode.admission_date:
        raise PlanIncomplete("The plan cannot start before admission.", field="start_date")
    if not plan.interventions():
        raise PlanIncomplete(remedy="Add at least one problem with a goal and an intervention.")
    for order in plan.medication:
        if order.last_date is not None and order.last_date < today:
            raise PlanIncomplete(
                f"The order for {order.get_product_display()} has ended.",
                remedy="Remove the order, or add it again with a later last day.",
            )
