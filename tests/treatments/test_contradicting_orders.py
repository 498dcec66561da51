"""Orders that nobody could follow together are not signed: by the action, and by the database."""

from datetime import timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from django.db import IntegrityError, transaction

from patients.actions.admissions import admit
from patients.models import Program
from tests.support.world import NOW, TODAY
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import (
    add_goal,
    add_medication,
    add_problem,
    begin_plan,
    close_plan,
    remove_plan_part,
)
from treatments.dosing import LIMITS
from treatments.enums import Arm, Medication, PlanStatus, ProblemArea, Product
from treatments.errors import OrdersContradict
from treatments.models import Goal, Intervention, TreatmentPlan

METHADONE, FILM = Product.METHADONE_ORAL, Product.BUPRENORPHINE_NALOXONE_FILM
NALTREXONE = Product.NALTREXONE_INJECTION


def order(world, goal, product, dose):
    return add_medication(
        goal=goal,
        product=product,
        dose_mg=Decimal(dose),
        dose_reason="Verified by phone",
        now=NOW,
        by=world.prescriber,
    )


def sign(world, plan):
    return sign_plan(plan=plan, now=NOW, by=world.prescriber)


def empty_goal(world, episode):
    plan = begin_plan(episode=episode, now=NOW, by=world.prescriber)
    problem = add_problem(
        plan=plan, area=ProblemArea.OPIOID_USE, description="OUD", now=NOW, by=world.prescriber
    )
    return add_goal(problem=problem, description="Stay", now=NOW, by=world.prescriber)


@pytest.mark.parametrize(
    ("product", "dose", "words"),
    [
        (METHADONE, 25, "has 2 orders for Methadone, oral"),
        (NALTREXONE, 380, "causes immediate withdrawal"),
    ],
)
def test_contradicting_orders_are_not_signed(world, product, dose, words):
    plan = world.draft(world.admit())
    added = order(world, Goal.objects.get(problem__plan=plan), product, dose)
    with pytest.raises(OrdersContradict, match=words) as refused:
        sign(world, plan)
    assert refused.value.remedy
    remove_plan_part(part=added, now=NOW, by=world.prescriber)
    assert sign(world, plan).status == PlanStatus.ACTIVE


def test_one_product_twice_is_refused_under_two_goals_too(world):
    plan = world.draft(world.admit())
    problem = plan.problems.get()
    second = add_goal(problem=problem, description="Work", now=NOW, by=world.prescriber)
    order(world, second, METHADONE, 25)
    with pytest.raises(OrdersContradict):
        sign(world, plan)


def test_an_order_is_changed_by_adding_and_removing(world):
    """While a draft is written it may hold both for a moment; what is signed may not."""
    plan = world.draft(world.admit())
    goal = Goal.objects.get(problem__plan=plan)
    before = goal.interventions.get(arm=Arm.MEDICATION)
    order(world, goal, METHADONE, 25)
    remove_plan_part(part=before, now=NOW, by=world.prescriber)
    assert sign(world, plan).status == PlanStatus.ACTIVE


def put_in_force_by_hand(plan):
    TreatmentPlan.objects.filter(pk=plan.pk).update(
        status=PlanStatus.ACTIVE, signed_by=plan.written_by, signed_at=NOW, start_date=TODAY
    )


@pytest.mark.parametrize("pair", list(combinations(Product, 2)), ids="+".join)
def test_the_database_and_the_action_draw_the_same_line(world, pair):
    goal = empty_goal(world, world.admit())
    for product in pair:
        Intervention.objects.create(
            goal=goal, arm=Arm.MEDICATION, product=product, dose_mg=8, interval_days=1
        )
    plan = TreatmentPlan.objects.get()
    drugs = {LIMITS[product].medication for product in pair}
    if Medication.NALTREXONE not in drugs or len(drugs) == 1:
        put_in_force_by_hand(plan)
        return
    with (
        pytest.raises(IntegrityError, match="contradict each other"),
        transaction.atomic(),
    ):
        put_in_force_by_hand(plan)
    with pytest.raises(OrdersContradict):
        sign(world, plan)


def test_the_database_refuses_one_product_twice(world):
    plan = world.draft(world.admit())
    order(world, Goal.objects.get(problem__plan=plan), METHADONE, 25)
    with pytest.raises(IntegrityError, match="contradict each other"), transaction.atomic():
        put_in_force_by_hand(plan)


def test_the_orders_of_the_person_s_other_program_count(world):
    agonist = world.signed(world.admit())
    program = Program.objects.create(site=world.here, code="second", name="Second program")
    other = admit(
        patient=world.patient,
        program=program,
        admission_date=TODAY - timedelta(days=1),
        now=NOW,
        by=world.prescriber,
    )
    goal = empty_goal(world, other)
    order(world, goal, NALTREXONE, 380)
    with pytest.raises(OrdersContradict, match="another program"):
        sign(world, goal.problem.plan)
    close_plan(plan=agonist, now=NOW, by=world.prescriber)
    assert sign(world, goal.problem.plan).status == PlanStatus.ACTIVE
