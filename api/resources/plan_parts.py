"""/problems, /goals, /interventions: parts of a draft plan. Calls return the whole plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access.enums import Permission
from api.framework.fields import (
    DayField,
    Input,
    NoInput,
    WordField,
    milligrams,
    optional_text_of,
    text_of,
)
from api.framework.resource import Resource, verb
from api.resources.treatment_plans import PlanOutput
from common.errors import NotFound
from treatments.actions.treatment_plans import (
    add_behavioral_intervention,
    add_goal,
    add_medication,
    plan_of,
    remove_plan_part,
)
from treatments.enums import Frequency, Modality, Product
from treatments.models import Goal, Intervention, Problem, TreatmentPlan


class NewGoal(Input):
    description = text_of(Goal, "description")
    target_date = DayField(required=False, allow_null=True)


class NewBehavioralIntervention(Input):
    """Behavioral care with its recommended frequency (42 CFR 8.12(f)(4)(i))."""

    modality = WordField(Modality)
    frequency = WordField(Frequency)
    minutes = serializers.IntegerField(min_value=5, max_value=480, required=False, allow_null=True)
    instructions = optional_text_of(Intervention, "instructions")


class NewMedication(Input):
    """An order in milligrams of the product; an unusual dose needs a reason."""

    product = WordField(Product)
    dose_mg = milligrams()
    interval_days = serializers.IntegerField(
        min_value=1,
        max_value=90,
        required=False,
        allow_null=True,
        help_text="Default: the usual interval of the product.",
    )
    last_date = DayField(required=False, allow_null=True, help_text="Default: until the plan ends.")
    dose_reason = optional_text_of(Intervention, "dose_reason")
    instructions = optional_text_of(Intervention, "instructions")


class PlanPart(Resource):
    """A part of a plan; it is read as part of its plan."""

    serializer_class = PlanOutput

    def changed(
        self, deed: Callable[..., Any], shape: type[Input], *, code: int = 200, **on: Any
    ) -> Response:
        """Call the action, and respond with the whole plan as it is now."""
        part = next(iter(on.values()))
        entered = self.validated(shape)
        plan_id = plan_of(part).pk
        deed(**on, **entered, now=timezone.now(), by=self.staff)
        rows = TreatmentPlan.objects.visible_to(self.staff).with_content()
        plan = rows.filter(pk=plan_id).first()
        if plan is None:
            raise NotFound
        return Response(self.get_serializer(plan).data, status=code)


class Problems(PlanPart):
    rights = {"goals": Permission.WRITE_PLAN, "remove": Permission.WRITE_PLAN}
    queryset = Problem.objects.select_related("plan")

    @verb("goals", takes=NewGoal, gives=PlanOutput, code=201)
    def goals(self, request: Request, pk: int) -> Response:
        """Add a goal to this problem."""
        return self.changed(add_goal, NewGoal, code=201, problem=self.get_object())

    @verb("remove", gives=PlanOutput)
    def remove(self, request: Request, pk: int) -> Response:
        """Remove this problem, with its goals and interventions, from a draft."""
        return self.changed(remove_plan_part, NoInput, part=self.get_object())


class Goals(PlanPart):
    rights = {
        "behavioral_work": Permission.WRITE_PLAN,
        "medication": Permission.WRITE_PLAN,
        "remove": Permission.WRITE_PLAN,
    }
    queryset = Goal.objects.select_related("problem__plan")

    @verb("behavioural-work", takes=NewBehavioralIntervention, gives=PlanOutput, code=201)
    def behavioral_work(self, request: Request, pk: int) -> Response:
        """Add behavioral work toward this goal."""
        return self.changed(
            add_behavioral_intervention, NewBehavioralIntervention, code=201, goal=self.get_object()
        )

    @verb("medication", takes=NewMedication, gives=PlanOutput, code=201)
    def medication(self, request: Request, pk: int) -> Response:
        """Add a medication order. 400 `dose_not_safe` or `dose_needs_reason` beyond the limits."""
        return self.changed(add_medication, NewMedication, code=201, goal=self.get_object())

    @verb("remove", gives=PlanOutput)
    def remove(self, request: Request, pk: int) -> Response:
        """Remove this goal, with its interventions, from a draft."""
        return self.changed(remove_plan_part, NoInput, part=self.get_object())


class Interventions(PlanPart):
    rights = {"remove": Permission.WRITE_PLAN}
    queryset = Intervention.objects.select_related("goal__problem__plan")

    @verb("remove", gives=PlanOutput)
    def remove(self, request: Request, pk: int) -> Response:
        """Remove this intervention from a draft."""
        return self.changed(remove_plan_part, NoInput, part=self.get_object())
