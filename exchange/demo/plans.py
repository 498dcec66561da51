"""Treatment plans of synthetic episodes: a first version, then a new one at each review."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from exchange.bulk_insert import Batch
from exchange.bulk_plan_signatures import PlanRounds, PlanSignature
from exchange.demo.doses import Regimen
from exchange.demo.records import PRODUCTS, Chart, moment
from exchange.demo.treatment_course import Stay
from treatments.dosing import LIMITS
from treatments.enums import Arm, Frequency, Modality, PlanStatus, ProblemArea
from treatments.models import Goal, Intervention, Problem, TreatmentPlan

REVIEW_DAYS = (0, 21, 90, 180, 270)
DRAFT_SHARE = 0.06
SUMMARIES = (
    "I want to stop waking up sick and get back to work.",
    "My kids come first. I need this to hold.",
    "Steady days. No more overdoses.",
    "I want to keep my apartment and feel like myself.",
    "Get off the street supply, then see.",
)
BEHAVIORAL_INTERVENTIONS = (
    (Modality.INDIVIDUAL_COUNSELING, Frequency.WEEKLY, 45),
    (Modality.COGNITIVE_BEHAVIORAL_THERAPY, Frequency.WEEKLY, 45),
    (Modality.MOTIVATIONAL_INTERVIEWING, Frequency.FORTNIGHTLY, 45),
    (Modality.CONTINGENCY_MANAGEMENT, Frequency.TWICE_WEEKLY, 15),
    (Modality.GROUP_COUNSELING, Frequency.WEEKLY, 90),
    (Modality.PEER_SUPPORT, Frequency.WEEKLY, 30),
)
OTHER_PROBLEMS = (
    (ProblemArea.HOUSING, "Staying with friends, no lease", "A place of one's own"),
    (ProblemArea.WORK_AND_EDUCATION, "Out of work for more than a year", "Paid work or a course"),
    (ProblemArea.MENTAL_HEALTH, "Low mood and poor sleep", "Sleep six hours, PHQ-9 below 10"),
    (ProblemArea.FAMILY_AND_RELATIONSHIPS, "Little contact with family", "A weekly visit at home"),
    (ProblemArea.LEGAL, "Probation until next year", "Keep all probation appointments"),
)


def add_plans(*, chart: Chart, rounds: PlanRounds, episode_id: int, stay: Stay) -> None:
    """Add every version up to the last visit, sometimes with a draft of the next one."""
    length = (stay.last_visit - stay.start).days
    starts = [stay.start + timedelta(days=day) for day in REVIEW_DAYS if day <= length]
    other = chart.random.choice(OTHER_PROBLEMS)
    work = chart.random.sample(BEHAVIORAL_INTERVENTIONS, chart.random.choice((1, 2, 2, 3)))
    summary = chart.random.choice(SUMMARIES)
    ends: list[date | None] = [*starts[1:], stay.end]
    drafting = stay.end is None and chart.random.random() < DRAFT_SHARE
    versions = [*zip(starts, ends, strict=True)] + ([(chart.today, None)] if drafting else [])
    for number, (start, end) in enumerate(versions, start=1):
        batch, signatures = rounds.of_version(number)
        plan_id = batch.add(
            TreatmentPlan,
            episode_id=episode_id,
            patient_id=chart.patient_id,
            site_id=chart.place.site.pk,
            number=number,
            summary=summary,
            review_date=start + timedelta(days=90),
            written_by_id=chart.counselors[0],
            recorded_at=min(moment(start, hour=11), chart.now),
        )
        _add_content(batch, plan_id, stay=stay, start=start, other=other, work=work)
        if number <= len(starts):
            status = _status(is_last=number == len(starts), end=end)
            signatures.append(
                PlanSignature(
                    plan_id=plan_id,
                    status=status,
                    signed_by_id=chart.prescribers[0],
                    signed_at=_signed_at(start, chart.now),
                    start_date=start,
                    end_date=end,
                )
            )


def _status(*, is_last: bool, end: date | None) -> str:
    if not is_last:
        return PlanStatus.SUPERSEDED
    return PlanStatus.ACTIVE if end is None else PlanStatus.CLOSED


def _signed_at(start: date, now: datetime) -> datetime:
    return min(moment(start, hour=12), now)


def _add_content(
    batch: Batch,
    plan_id: int,
    *,
    stay: Stay,
    start: date,
    other: tuple[ProblemArea, str, str],
    work: Sequence[tuple[Modality, Frequency, int]],
) -> None:
    goal_id = _goal(
        batch,
        plan_id,
        area=ProblemArea.OPIOID_USE,
        problem="Opioid use disorder, moderate to severe",
        goal="Stay in treatment without unprescribed opioids",
        by=start + timedelta(days=180),
    )
    if stay.regimen is not Regimen.NONE:
        _order(batch, goal_id, stay=stay, on=start)
    if not stay.has_behavioral_arm:
        return
    for modality, frequency, minutes in work:
        _work(batch, goal_id, modality, frequency, minutes)
    area, problem, goal = other
    second_id = _goal(
        batch, plan_id, area=area, problem=problem, goal=goal, by=start + timedelta(days=120)
    )
    _work(batch, second_id, Modality.CASE_MANAGEMENT, Frequency.MONTHLY, 30)


def _goal(
    batch: Batch, plan_id: int, *, area: ProblemArea, problem: str, goal: str, by: date
) -> int:
    problem_id = batch.add(Problem, plan_id=plan_id, area=area, description=problem)
    return batch.add(Goal, problem_id=problem_id, description=goal, target_date=by)


def _work(
    batch: Batch, goal_id: int, modality: Modality, frequency: Frequency, minutes: int
) -> None:
    batch.add_leaf(
        Intervention,
        goal_id=goal_id,
        arm=Arm.BEHAVIORAL,
        modality=modality,
        frequency=frequency,
        minutes=minutes,
    )


def _order(batch: Batch, goal_id: int, *, stay: Stay, on: date) -> None:
    """Add the medication as ordered on that day, which the dose ledger shows from then on."""
    product = PRODUCTS[stay.regimen]
    limits = LIMITS[product]
    mg = next((dose.mg for dose in stay.doses if dose.day >= on), stay.doses[-1].mg)
    unusual = limits.reason_above is not None and limits.reason_above < mg
    batch.add_leaf(
        Intervention,
        goal_id=goal_id,
        arm=Arm.MEDICATION,
        product=product,
        dose_mg=Decimal(mg),
        form=limits.form,
        interval_days=limits.interval_days,
        dose_reason="Withdrawal in the evening on lower doses; ECG normal." if unusual else "",
        instructions="Raise step by step as tolerated." if on == stay.start else "",
    )
