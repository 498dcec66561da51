"""Both arms in one plan; signed once, then only followed by its next version."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as some

from common.errors import InvalidInput, NotPermitted
from patients.enums import DischargeReason
from patients.errors import EpisodeClosed
from tests.support.world import NOW, TODAY
from treatments.actions.discharge import discharge_from_care
from treatments.actions.plan_signatures import sign_plan
from treatments.actions.treatment_plans import add_medication, begin_plan, close_plan
from treatments.dosing import LIMITS, check_dose
from treatments.enums import Arm, PlanStatus, Product
from treatments.errors import (
    DoseNeedsReason,
    DoseNotSafe,
    DraftExists,
    PlanChanged,
    PlanIncomplete,
    PlanNotDraft,
)
from treatments.models import Goal, Intervention, Problem, TreatmentPlan


def test_one_plan_holds_both_arms(world):
    plan = TreatmentPlan.objects.with_content().get(pk=world.signed(world.admit()).pk)
    assert [str(row) for row in plan.medication] == ["Methadone, oral 30 mg daily"]
    assert [str(row) for row in plan.behavioral] == ["Motivational interviewing, weekly"]


def test_content_is_read_in_a_constant_number_of_queries(world, django_assert_num_queries):
    plan = world.signed(world.admit())
    with django_assert_num_queries(4):
        TreatmentPlan.objects.with_content().get(pk=plan.pk).interventions()


def test_signing_the_next_version_supersedes_the_one_before(world):
    episode = world.admit()
    first = world.signed(episode)
    draft = begin_plan(episode=episode, now=NOW, by=world.counselor)
    copied = TreatmentPlan.objects.with_content().get(pk=draft.pk)
    assert [str(row) for row in copied.interventions()] == [
        str(row) for row in TreatmentPlan.objects.with_content().get(pk=first.pk).interventions()
    ]
    second = sign_plan(plan=draft, now=NOW, by=world.prescriber)
    first.refresh_from_db()
    assert (first.status, first.end_date) == (PlanStatus.SUPERSEDED, TODAY)
    assert (second.number, second.status) == (2, PlanStatus.ACTIVE)


def test_one_draft_at_a_time(world):
    episode = world.admit()
    world.draft(episode)
    with pytest.raises(DraftExists):
        begin_plan(episode=episode, now=NOW, by=world.counselor)


def test_an_empty_plan_is_not_signed(world):
    plan = begin_plan(episode=world.admit(), now=NOW, by=world.prescriber)
    with pytest.raises(PlanIncomplete):
        sign_plan(plan=plan, now=NOW, by=world.prescriber)


def test_counsellors_write_and_prescribers_sign(world):
    plan = world.draft(world.admit())
    with pytest.raises(NotPermitted):
        sign_plan(plan=plan, now=NOW, by=world.counselor)


def test_the_database_allows_one_active_plan_per_episode(world):
    plan = world.signed(world.admit())
    values = {
        field.attname: getattr(plan, field.attname)
        for field in TreatmentPlan._meta.concrete_fields
        if not field.primary_key
    }
    with pytest.raises(IntegrityError, match="plan_one_active_per_episode"), transaction.atomic():
        TreatmentPlan.objects.create(**{**values, "number": 2})


@pytest.mark.parametrize(
    "edit",
    [
        lambda plan: TreatmentPlan.objects.filter(pk=plan.pk).update(summary="changed"),
        lambda plan: TreatmentPlan.objects.filter(pk=plan.pk).update(status="draft"),
        lambda plan: Problem.objects.filter(plan=plan).update(description="changed"),
        lambda plan: Goal.objects.filter(problem__plan=plan).update(description="changed"),
        lambda plan: Intervention.objects.filter(goal__problem__plan=plan).update(dose_mg=99),
        lambda plan: Intervention.objects.filter(goal__problem__plan=plan).delete(),
        lambda plan: Problem.objects.create(plan=plan, area="housing", description="added"),
        lambda plan: TreatmentPlan.objects.filter(pk=plan.pk)._raw_delete("default"),
    ],
)
def test_a_signed_plan_cannot_be_edited_even_by_bulk_writes(world, edit):
    plan = world.signed(world.admit())
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        edit(plan)


def test_actions_refuse_a_signed_plan_kindly(world):
    plan = world.signed(world.admit())
    goal = Goal.objects.get(problem__plan=plan)
    with pytest.raises(PlanNotDraft):
        add_medication(
            goal=goal,
            product=Product.METHADONE_ORAL,
            dose_mg=Decimal(30),
            now=NOW,
            by=world.prescriber,
        )
    with pytest.raises(PlanNotDraft):
        sign_plan(plan=plan, now=NOW, by=world.prescriber)


def test_discharge_closes_the_plan_and_discards_its_draft(world):
    plan = world.signed(world.admit())
    begin_plan(episode=plan.episode, now=NOW, by=world.prescriber)
    discharge_from_care(
        episode=plan.episode,
        discharge_date=TODAY,
        reason=DischargeReason.TRANSFERRED,
        now=NOW,
        by=world.prescriber,
    )
    assert list(TreatmentPlan.objects.values_list("status", flat=True)) == [PlanStatus.CLOSED]
    with pytest.raises(EpisodeClosed):
        begin_plan(episode=plan.episode, now=NOW, by=world.prescriber)


def test_a_closed_plan_is_closed_once(world):
    plan = world.signed(world.admit())
    close_plan(plan=plan, now=NOW, by=world.prescriber)
    with pytest.raises(PlanNotDraft):
        close_plan(plan=plan, now=NOW, by=world.prescriber)


def test_a_plan_is_not_in_force_before_admission(world):
    episode = world.admit(days_ago=2)
    with pytest.raises(PlanIncomplete):
        world.signed(episode, start=TODAY - timedelta(days=3))


def test_half_of_each_arm_is_impossible(world):
    goal = Goal.objects.get(problem__plan=world.draft(world.admit()))
    with pytest.raises(IntegrityError, match="intervention_is_of_one_arm"), transaction.atomic():
        Intervention.objects.create(
            goal=goal, arm=Arm.BEHAVIORAL, modality="cbt", frequency="weekly", dose_mg=5
        )
    with pytest.raises(IntegrityError, match="intervention_is_of_one_arm"), transaction.atomic():
        Intervention.objects.create(goal=goal, arm=Arm.MEDICATION, product="methadone_oral")


# --- doses that an order may carry --------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "dose"),
    [
        (Product.METHADONE_ORAL, "1000"),
        (Product.METHADONE_ORAL, "0"),
        (Product.METHADONE_ORAL, "-5"),
        (Product.SUBLOCADE, "200"),
        (Product.NALTREXONE_INJECTION, "38"),
        (Product.BRIXADI_WEEKLY, "64"),
        (Product.BUPRENORPHINE_NALOXONE_FILM, "80"),
    ],
)
def test_the_dangerous_dose_is_impossible_whatever_the_reason(product, dose):
    with pytest.raises(DoseNotSafe):
        check_dose(product=product, dose_mg=Decimal(dose), reason="I am sure")


def test_the_first_methadone_dose_is_at_most_30_mg_without_a_reason():
    check_dose(product=Product.METHADONE_ORAL, dose_mg=Decimal(30), first_dose=True)
    with pytest.raises(DoseNeedsReason):
        check_dose(product=Product.METHADONE_ORAL, dose_mg=Decimal("30.5"), first_dose=True)
    check_dose(
        product=Product.METHADONE_ORAL,
        dose_mg=Decimal(60),
        reason="Transfer, dose verified by phone",
        first_dose=True,
    )


def test_a_first_order_counts_as_first_dose_and_a_later_one_does_not(world):
    episode = world.admit()
    goal = Goal.objects.get(problem__plan=world.draft(episode))
    order = partial(
        add_medication,
        product=Product.METHADONE_ORAL,
        dose_mg=Decimal(50),
        now=NOW,
        by=world.prescriber,
    )
    with pytest.raises(DoseNeedsReason):
        order(goal=goal)
    sign_plan(plan=goal.problem.plan, now=NOW, by=world.prescriber)
    draft = begin_plan(episode=episode, now=NOW, by=world.prescriber)
    later = Goal.objects.get(problem__plan=draft)
    assert order(goal=later).dose_mg == 50


@given(
    product=some.sampled_from(list(Product)),
    dose=some.decimals(min_value="0.01", max_value=99999, places=2),
)
def test_whatever_passes_lies_within_the_product_s_limits(product, dose):
    try:
        check_dose(product=product, dose_mg=dose)
    except (DoseNotSafe, DoseNeedsReason):
        return
    limits = LIMITS[product]
    assert not limits.only or dose in limits.only
    assert limits.reason_above is None or dose <= limits.reason_above
    assert limits.never_above is None or dose <= limits.never_above


@given(dose=some.decimals(min_value="0.01", max_value=300, places=2))
def test_dose_words_never_show_a_needless_zero(dose):
    words = Intervention(arm=Arm.MEDICATION, dose_mg=dose).dose_words
    number = words.removesuffix(" mg")
    assert Decimal(number) == dose
    assert "E" not in number
    assert not ("." in number and number.endswith("0"))


def test_one_signs_what_one_has_read(world):
    draft = world.draft(world.admit())
    draft.refresh_from_db()
    read = draft.revision
    goal = Goal.objects.get(problem__plan=draft)
    add_medication(
        goal=goal,
        product=Product.BUPRENORPHINE_NALOXONE_FILM,
        dose_mg=Decimal(8),
        now=NOW,
        by=world.counselor,
    )
    with pytest.raises(PlanChanged):
        sign_plan(plan=draft, revision=read, now=NOW, by=world.prescriber)
    draft.refresh_from_db()
    assert sign_plan(plan=draft, revision=draft.revision, now=NOW, by=world.prescriber).signed_by


def test_who_may_not_sign_cannot_end_a_medication(world):
    plan = world.signed(world.admit())
    with pytest.raises(NotPermitted):
        close_plan(plan=plan, now=NOW, by=world.case_manager)
    assert close_plan(plan=plan, now=NOW, by=world.prescriber).status == PlanStatus.CLOSED


@pytest.mark.parametrize("days", [-60, 1])
def test_a_plan_ends_between_its_beginning_and_today(world, days):
    plan = world.signed(world.admit())
    with pytest.raises(InvalidInput, match="between"):
        close_plan(plan=plan, end_date=TODAY + timedelta(days=days), now=NOW, by=world.prescriber)
