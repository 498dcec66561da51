"""Actions on treatment plans."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from access.audit.record import record
from access.authz.policy import require_permission
from access.enums import AuditAction, Permission
from access.models import User
from common.errors import InvalidInput
from common.text_input import required_words
from common.time_zones import day_of
from patients.errors import EpisodeClosed
from patients.models import Episode
from treatments.dosing import LIMITS, check_dose, check_interval
from treatments.enums import Arm, Frequency, Modality, PlanStatus, ProblemArea, Product
from treatments.errors import DraftExists, PlanNotDraft
from treatments.models import (
    Goal,
    Intervention,
    Problem,
    TreatmentPlan,
)


def begin_plan(*, episode: Episode, summary: str = "", now: datetime, by: User) -> TreatmentPlan:
    """Begin a draft: empty for a new episode, otherwise a copy of the active plan.

    Raises DraftExists, EpisodeClosed, NotPermitted or NotFound.
    """
    require_permission(by, Permission.WRITE_PLAN, on=episode)
    try:
        with transaction.atomic():
            episode = Episode.objects.select_for_update(no_key=True).get(pk=episode.pk)
            if not episode.is_open:
                raise EpisodeClosed
            plan = _new_draft(episode, summary, now, by)
            record(AuditAction.BEGIN_PLAN, on=plan, now=now, by=by, detail={"version": plan.number})
    except IntegrityError as problem:
        raise DraftExists from problem
    return plan


@transaction.atomic
def describe_plan(
    *, plan: TreatmentPlan, summary: str, review_date: date | None, now: datetime, by: User
) -> TreatmentPlan:
    """Set the summary (the patient's wishes, in their words) and the review date of a draft.

    Raises PlanNotDraft, NotPermitted or NotFound.
    """
    _lock_draft(plan, by)
    plan.summary = summary.strip()
    plan.review_date = review_date
    plan.save(update_fields=["summary", "review_date"])
    record(AuditAction.DESCRIBE_PLAN, on=plan, now=now, by=by)
    return plan


@transaction.atomic
def add_problem(
    *, plan: TreatmentPlan, area: ProblemArea, description: str, now: datetime, by: User
) -> Problem:
    """Add a problem to a draft. Raises PlanNotDraft, InvalidInput, NotPermitted or NotFound."""
    _lock_draft(plan, by)
    problem = Problem.objects.create(
        plan=plan, area=area, description=required_words(description, "description")
    )
    record(AuditAction.ADD_PROBLEM, on=plan, now=now, by=by, detail={"problem": problem.pk})
    return problem


@transaction.atomic
def add_goal(
    *,
    problem: Problem,
    description: str,
    target_date: date | None = None,
    now: datetime,
    by: User,
) -> Goal:
    """Add a goal to a draft. Raises PlanNotDraft, InvalidInput, NotPermitted or NotFound."""
    _lock_draft(problem.plan, by)
    goal = Goal.objects.create(
        problem=problem,
        description=required_words(description, "description"),
        target_date=target_date,
    )
    record(AuditAction.ADD_GOAL, on=problem.plan, now=now, by=by, detail={"goal": goal.pk})
    return goal


@transaction.atomic
def add_behavioral_intervention(
    *,
    goal: Goal,
    modality: Modality,
    frequency: Frequency,
    minutes: int | None = None,
    instructions: str = "",
    now: datetime,
    by: User,
) -> Intervention:
    """Add behavioral care with its recommended frequency (42 CFR 8.12(f)(4)(i)) to a draft.

    Raises PlanNotDraft, NotPermitted or NotFound.
    """
    plan = goal.problem.plan
    _lock_draft(plan, by)
    row = Intervention.objects.create(
        goal=goal,
        arm=Arm.BEHAVIORAL,
        modality=modality,
        frequency=frequency,
        minutes=minutes,
        instructions=instructions.strip(),
    )
    record(
        AuditAction.ADD_BEHAVIORAL_INTERVENTION,
        on=plan,
        now=now,
        by=by,
        detail={"intervention": row.pk},
    )
    return row


@transaction.atomic
def add_medication(
    *,
    goal: Goal,
    product: Product,
    dose_mg: Decimal,
    interval_days: int | None = None,
    last_date: date | None = None,
    dose_reason: str = "",
    instructions: str = "",
    now: datetime,
    by: User,
) -> Intervention:
    """Add a medication order, in milligrams of `product`, to a draft.

    After `last_date` nothing is dispensed from it; without one it holds as long as its plan. Raises
    DoseNotSafe, DoseNeedsReason, PlanNotDraft, InvalidInput, NotPermitted or NotFound.
    """
    plan = goal.problem.plan
    _lock_draft(plan, by)
    if last_date is not None and last_date < day_of(now, plan.site.time_zone):
        raise InvalidInput("The order cannot end before the plan starts.", field="last_date")
    check_dose(
        product=product,
        dose_mg=dose_mg,
        reason=dose_reason,
        first_dose=not _ordered_before(plan, product),
    )
    row = Intervention.objects.create(
        goal=goal,
        arm=Arm.MEDICATION,
        product=product,
        dose_mg=dose_mg,
        form=LIMITS[product].form,
        interval_days=check_interval(product=product, interval_days=interval_days),
        last_date=last_date,
        dose_reason=dose_reason.strip(),
        instructions=instructions.strip(),
    )
    record(AuditAction.ADD_MEDICATION, on=plan, now=now, by=by, detail={"intervention": row.pk})
    return row


@transaction.atomic
def remove_plan_part(
    *, part: Problem | Goal | Intervention, now: datetime, by: User
) -> TreatmentPlan:
    """Remove a problem, goal or intervention, with everything under it, from a draft.

    Raises PlanNotDraft, NotPermitted or NotFound.
    """
    plan = plan_of(part)
    _lock_draft(plan, by)
    detail = {str(part._meta.verbose_name): part.pk}
    part.delete()
    record(AuditAction.REMOVE_PLAN_PART, on=plan, now=now, by=by, detail=detail)
    return plan


@transaction.atomic
def discard_draft(*, plan: TreatmentPlan, now: datetime, by: User) -> None:
    """Delete a draft with its content. Raises PlanNotDraft, NotPermitted or NotFound."""
    _lock_draft(plan, by)
    record(AuditAction.DISCARD_DRAFT, on=plan, now=now, by=by, detail={"version": plan.number})
    plan.delete()


@transaction.atomic
def close_plan(
    *, plan: TreatmentPlan, end_date: date | None = None, now: datetime, by: User
) -> TreatmentPlan:
    """End the active plan without a next version, as at discharge.

    This ends its orders, so a plan with medication is closed only by a user who may sign plans.
    Raises PlanNotDraft, InvalidInput, NotPermitted or NotFound.
    """
    require_permission(by, Permission.WRITE_PLAN, on=plan)
    plan = TreatmentPlan.objects.select_for_update(no_key=True, of=("self",)).get(pk=plan.pk)
    if plan.status != PlanStatus.ACTIVE:
        raise PlanNotDraft("Only the active plan can be discontinued.")
    if plan.medication:
        require_permission(by, Permission.SIGN_PLAN, on=plan)
    today = day_of(now, plan.site.time_zone)
    if end_date is not None and not (plan.start_date or end_date) <= end_date <= today:
        raise InvalidInput(
            "The end date must be between the start of the plan and today.", field="end_date"
        )
    _close(plan, end_date or today, now, by)
    return plan


def plan_of(part: Problem | Goal | Intervention) -> TreatmentPlan:
    """The plan that a problem, goal or intervention belongs to."""
    if isinstance(part, Intervention):
        return part.goal.problem.plan
    return part.problem.plan if isinstance(part, Goal) else part.plan


def _close(plan: TreatmentPlan, end_date: date, now: datetime, by: User) -> None:
    plan.status = PlanStatus.CLOSED
    plan.end_date = max(plan.start_date or end_date, end_date)
    plan.save(update_fields=["status", "end_date"])
    record(AuditAction.DISCONTINUE_PLAN, on=plan, now=now, by=by, detail={"version": plan.number})


def _new_draft(episode: Episode, summary: str, now: datetime, by: User) -> TreatmentPlan:
    earlier = TreatmentPlan.objects.filter(episode=episode)
    number = (earlier.aggregate(highest=Max("number"))["highest"] or 0) + 1
    in_force = earlier.active().with_content().first()
    plan = TreatmentPlan.objects.create(
        episode=episode,
        patient_id=episode.patient_id,
        site_id=episode.site_id,
        number=number,
        summary=summary.strip() or (in_force.summary if in_force else ""),
        written_by=by,
        recorded_at=now,
    )
    if in_force:
        _copy_content(in_force, plan)
    return plan


def _copy_content(source: TreatmentPlan, target: TreatmentPlan) -> None:
    for problem in source.problems.all():
        goals = list(problem.goals.all())
        new_problem = Problem.objects.create(
            plan=target, area=problem.area, description=problem.description
        )
        for goal in goals:
            interventions = list(goal.interventions.all())
            new_goal = Goal.objects.create(
                problem=new_problem, description=goal.description, target_date=goal.target_date
            )
            for intervention in interventions:
                intervention.pk, intervention.goal = None, new_goal
                intervention._state.adding = True
            Intervention.objects.bulk_create(interventions)


def _lock_draft(plan: TreatmentPlan, by: User) -> None:
    """Lock the draft for a change and increase its revision. Raises PlanNotDraft."""
    require_permission(by, Permission.WRITE_PLAN, on=plan)
    drafts = TreatmentPlan.objects.filter(pk=plan.pk, status=PlanStatus.DRAFT)
    if not drafts.update(revision=F("revision") + 1):
        raise PlanNotDraft


def _ordered_before(plan: TreatmentPlan, product: Product) -> bool:
    return (
        Intervention.objects.filter(goal__problem__plan__episode_id=plan.episode_id)
        .filter(product=product)
        .exclude(goal__problem__plan__status=PlanStatus.DRAFT)
        .exists()
    )
