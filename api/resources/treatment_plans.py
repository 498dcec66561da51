"""/plans: treatment plans with both arms.

A signed version is read-only; its next version begins as a draft.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework import row_lookups
from api.framework.fast_serializers import LeanOutput
from api.framework.fields import (
    DayField,
    Input,
    NoInput,
    RowField,
    WordField,
    optional_text_of,
    text_of,
)
from api.framework.filters import ChoiceFilter, Filters, IdFilter
from api.framework.resource import Readable, creation, verb
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import (
    add_problem,
    begin_plan,
    close_plan,
    describe_plan,
    discard_draft,
)
from treatments.enums import PlanStatus, ProblemArea
from treatments.models import Goal, Intervention, Problem, TreatmentPlan


class InterventionOutput(serializers.ModelSerializer[Intervention]):
    """Behavioral work or a medication order; `arm` says which, and the other's fields are empty."""

    class Meta:
        model = Intervention
        fields = (
            "id",
            "arm",
            "modality",
            "frequency",
            "minutes",
            "product",
            "dose_mg",
            "form",
            "interval_days",
            "last_date",
            "dose_reason",
            "instructions",
        )
        read_only_fields = fields


class GoalOutput(serializers.ModelSerializer[Goal]):
    interventions = InterventionOutput(many=True, read_only=True)

    class Meta:
        model = Goal
        fields = ("id", "description", "target_date", "interventions")
        read_only_fields = fields


class ProblemOutput(serializers.ModelSerializer[Problem]):
    goals = GoalOutput(many=True, read_only=True)

    class Meta:
        model = Problem
        fields = ("id", "area", "description", "goals")
        read_only_fields = fields


PLAN_FIELDS = (
    "id",
    "episode",
    "patient",
    "site",
    "number",
    "status",
    "summary",
    "start_date",
    "end_date",
    "review_date",
    "written_by",
    "signed_by",
    "signed_at",
    "revision",
    "recorded_at",
)


class PlanLine(LeanOutput[TreatmentPlan]):
    """A plan in a list, without its content."""

    class Meta:
        model = TreatmentPlan
        fields = PLAN_FIELDS
        read_only_fields = fields


class PlanOutput(serializers.ModelSerializer[TreatmentPlan]):
    """A plan with its problems, their goals, and the interventions of both arms."""

    problems = ProblemOutput(many=True, read_only=True)

    class Meta:
        model = TreatmentPlan
        fields = (*PLAN_FIELDS, "problems")
        read_only_fields = fields


class NewPlan(Input):
    episode = RowField(row_lookups.episodes)
    summary = optional_text_of(TreatmentPlan, "summary")


class Description(Input):
    """What the patient wants, as the patient says it.

    Without `review_date` the review is due 90 days after signing.
    """

    summary = text_of(TreatmentPlan, "summary", allow_blank=True)
    review_date = DayField(allow_null=True)


class NewProblem(Input):
    area = WordField(ProblemArea)
    description = text_of(Problem, "description")


class Signature(Input):
    revision = serializers.IntegerField(
        min_value=0,
        help_text="Revision of the draft that was read; a draft changed since then is not signed.",
    )
    start_date = DayField(required=False, help_text="Active from this date; default today.")


class Closure(Input):
    end_date = DayField(required=False, help_text="Active until this date; default today.")


class PlanFilters(Filters):
    patient = IdFilter(field_name="patient_id")
    episode = IdFilter(field_name="episode_id")
    site = IdFilter(field_name="site_id")
    status = ChoiceFilter(choices=PlanStatus.choices)
    companions = {"status": ("patient", "episode", "site")}


class Plans(Readable):
    """Treatment plans, newest first."""

    rights = {
        "list": Permission.SEE_PLAN,
        "retrieve": Permission.SEE_PLAN,
        "create": Permission.WRITE_PLAN,
        "describe": Permission.WRITE_PLAN,
        "problems": Permission.WRITE_PLAN,
        "sign": Permission.SIGN_PLAN,
        "close": Permission.WRITE_PLAN,
        "discard": Permission.WRITE_PLAN,
    }
    requires_reauthentication = frozenset({"sign"})
    queryset = TreatmentPlan.objects.all()
    serializer_class = PlanOutput
    filterset_class = PlanFilters
    order = TreatmentPlan.ORDER

    def get_queryset(self) -> QuerySet[TreatmentPlan]:
        rows = TreatmentPlan.objects.visible_to(self.request.user)
        return rows if self.action == "list" else rows.with_content()

    def get_serializer_class(self) -> Any:
        return PlanLine if self.action == "list" else PlanOutput

    @creation(takes=NewPlan, gives=PlanOutput)
    def create(self, request: Request) -> Response:
        """Begin a draft: empty for a new episode, or a copy of the active plan for its next version."""
        return self.run_action(begin_plan, NewPlan, code=201)

    @verb("describe", takes=Description, gives=PlanOutput)
    def describe(self, request: Request, pk: int) -> Response:
        """Set the patient's own summary and the review date of a draft."""
        return self.run_action(describe_plan, Description, plan=self.get_object())

    @verb("problems", takes=NewProblem, gives=PlanOutput, code=201)
    def problems(self, request: Request, pk: int) -> Response:
        """Add a problem to a draft; returns the whole plan."""
        plan = self.get_object()
        add_problem(plan=plan, **self.validated(NewProblem), now=timezone.now(), by=self.staff)
        return self.respond(plan, code=201)

    @verb("sign", takes=Signature, gives=PlanOutput)
    def sign(self, request: Request, pk: int) -> Response:
        """Sign a draft, which makes it active; the version before it is superseded on the same day."""
        return self.run_action(sign_plan, Signature, plan=self.get_object())

    @verb("close", takes=Closure, gives=PlanOutput)
    def close(self, request: Request, pk: int) -> Response:
        """Discontinue the active plan without a next version."""
        return self.run_action(close_plan, Closure, plan=self.get_object())

    @verb("discard", gives=None)
    def discard(self, request: Request, pk: int) -> Response:
        """Discard a draft."""
        plan = self.get_object()
        self.validated(NoInput)
        discard_draft(plan=plan, now=timezone.now(), by=self.staff)
        return Response(status=204)
