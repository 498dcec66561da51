"""Write, sign and read treatment plans.

A signed plan is read-only; its next version is a draft.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import can
from access.decorators import requires, requires_reauthentication
from access.enums import Permission
from access.models import User
from common.errors import Conflict, InvalidInput, NotFound
from dashboard.http.form_views import action_button, attempt, staff_user
from dashboard.http.lookups import visible
from patients.models import Episode
from treatments.actions import treatment_plans
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import (
    add_behavioral_intervention,
    begin_plan,
    close_plan,
    describe_plan,
    discard_draft,
    plan_of,
    remove_plan_part,
)
from treatments.forms.plans import (
    BehavioralForm,
    DescribePlanForm,
    GoalForm,
    MedicationForm,
    ProblemForm,
)
from treatments.models import Goal, Intervention, Problem, TreatmentPlan


@requires(Permission.WRITE_PLAN)
@require_POST
def begin(request: HttpRequest, episode_pk: int) -> HttpResponse:
    user = staff_user(request)
    episode = visible(Episode.objects.select_related("site"), user, episode_pk)
    draft = TreatmentPlan.objects.visible_to(user).filter(episode=episode, status="draft").first()
    if draft is None:
        try:
            draft = begin_plan(episode=episode, now=timezone.now(), by=user)
        except (Conflict, InvalidInput) as problem:
            messages.error(request, str(problem))
            return redirect("dashboard:patient", episode.patient_id)
    return redirect("dashboard:plan", draft.pk)


@requires(Permission.SEE_PLAN)
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    return _page(request, _plan(user, pk), user)


def _plan(user: User, pk: int) -> TreatmentPlan:
    found: TreatmentPlan = visible(TreatmentPlan.objects.with_content(), user, pk)
    return found


def _page(
    request: HttpRequest,
    row: TreatmentPlan,
    user: User,
    *,
    form: Form | None = None,
    at: str = "",
) -> HttpResponse:
    """The plan page. `form` is a refused form, shown again at `at` with what was typed."""
    editing = row.is_draft and can(user, Permission.WRITE_PLAN, on=row)
    context: dict[str, Any] = {
        "plan": row,
        "patient": row.patient,
        "editing": editing,
        "may_sign": row.is_draft and can(user, Permission.SIGN_PLAN, on=row),
        "may_write": can(user, Permission.WRITE_PLAN, on=row),
        "versions": TreatmentPlan.objects.visible_to(user)
        .filter(episode=row.episode_id)
        .order_by("-number"),
        "at": at,
        "refused": form,
    }
    if editing:
        context.update(
            describe_form=DescribePlanForm(
                initial={"summary": row.summary, "review_date": row.review_date}
            ),
            problem_form=ProblemForm(prefix="problem"),
            goal_form=GoalForm(),
            behavioral_form=BehavioralForm(),
            medication_form=MedicationForm(),
        )
    return render(request, "dashboard/plan.html", context, status=422 if form else 200)


def _add(
    request: HttpRequest,
    row: TreatmentPlan,
    form: Form,
    action: Callable[[dict[str, Any]], object],
    *,
    at: str,
    user: User,
) -> HttpResponse:
    if attempt(form, action) is None:
        return _page(request, _plan(user, row.pk), user, form=form, at=at)
    return redirect(f"{reverse('dashboard:plan', args=[row.pk])}#plan-end")


@requires(Permission.WRITE_PLAN)
@require_POST
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = _plan(user, pk)
    return _add(
        request,
        row,
        DescribePlanForm(request.POST),
        lambda data: describe_plan(plan=row, now=timezone.now(), by=user, **data),
        at="describe",
        user=user,
    )


@requires(Permission.WRITE_PLAN)
@require_POST
def add_problem(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = _plan(user, pk)
    return _add(
        request,
        row,
        ProblemForm(request.POST, prefix="problem"),
        lambda data: treatment_plans.add_problem(plan=row, now=timezone.now(), by=user, **data),
        at="problem",
        user=user,
    )


@requires(Permission.WRITE_PLAN)
@require_POST
def add_goal(request: HttpRequest, problem_pk: int) -> HttpResponse:
    user = staff_user(request)
    problem = visible(Problem.objects.select_related("plan"), user, problem_pk)
    return _add(
        request,
        problem.plan,
        GoalForm(request.POST),
        lambda data: treatment_plans.add_goal(problem=problem, now=timezone.now(), by=user, **data),
        at=f"goal-{problem.pk}",
        user=user,
    )


@requires(Permission.WRITE_PLAN)
@require_POST
def add_behavioral(request: HttpRequest, goal_pk: int) -> HttpResponse:
    user = staff_user(request)
    goal = visible(Goal.objects.select_related("problem__plan"), user, goal_pk)
    return _add(
        request,
        goal.problem.plan,
        BehavioralForm(request.POST),
        lambda data: add_behavioral_intervention(goal=goal, now=timezone.now(), by=user, **data),
        at=f"behavioural-{goal.pk}",
        user=user,
    )


@requires(Permission.WRITE_PLAN)
@require_POST
def add_medication(request: HttpRequest, goal_pk: int) -> HttpResponse:
    user = staff_user(request)
    goal = visible(Goal.objects.select_related("problem__plan"), user, goal_pk)
    return _add(
        request,
        goal.problem.plan,
        MedicationForm(request.POST),
        lambda data: treatment_plans.add_medication(goal=goal, now=timezone.now(), by=user, **data),
        at=f"medication-{goal.pk}",
        user=user,
    )


PARTS: dict[str, Any] = {
    "problem": Problem.objects.select_related("plan"),
    "goal": Goal.objects.select_related("problem__plan"),
    "intervention": Intervention.objects.select_related("goal__problem__plan"),
}


@requires(Permission.WRITE_PLAN)
@require_POST
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    user = staff_user(request)
    if kind not in PARTS:
        raise NotFound
    part = visible(PARTS[kind], user, pk)
    back = reverse("dashboard:plan", args=[plan_of(part).pk])
    return action_button(
        request,
        lambda: remove_plan_part(part=part, now=timezone.now(), by=user),
        done="Removed from the draft.",
        back=back,
    )


def revision_read(request: HttpRequest) -> int:
    """The draft's revision that the signer saw; -1, which matches none, if it is missing."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() else -1


@requires_reauthentication
@requires(Permission.SIGN_PLAN)
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = _plan(user, pk)
    return action_button(
        request,
        lambda: sign_plan(plan=row, revision=revision_read(request), now=timezone.now(), by=user),
        done=f"Version {row.number} is signed and active.",
        back=reverse("dashboard:plan", args=[pk]),
    )


@requires(Permission.WRITE_PLAN)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = _plan(user, pk)
    return action_button(
        request,
        lambda: discard_draft(plan=row, now=timezone.now(), by=user),
        done="Draft discarded.",
        back=reverse("dashboard:patient", args=[row.patient_id]),
    )


@requires(Permission.WRITE_PLAN)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = _plan(user, pk)
    return action_button(
        request,
        lambda: close_plan(plan=row, now=timezone.now(), by=user),
        done="Plan discontinued.",
        back=reverse("dashboard:plan", args=[pk]),
    )
