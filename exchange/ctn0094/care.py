"""Plans with the arm's medication and behavioral part, and every dose, from the trial data."""

from collections import Counter
from datetime import date, time
from decimal import Decimal

from access.enums import AuditAction
from common.time_zones import moment_of
from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from exchange.bulk_insert import Batch
from exchange.bulk_plan_signatures import PlanSignature
from exchange.ctn0094 import rules
from exchange.ctn0094.participants import Participant, Randomization
from exchange.ctn0094.run import Entry, Load
from patients.enums import DischargeReason
from treatments.dosing import LIMITS
from treatments.enums import Arm, Frequency, PlanStatus, ProblemArea, Product
from treatments.models import Goal, Intervention, Problem, TreatmentPlan

NOON = time(12)


def treatment_end(person: Participant) -> tuple[int, DischargeReason]:
    """Return the study day on which the episode ended, and the reason; both are inferred.

    The last day covered by medication. The reason is "study ended" for people covered until 14 days
    before the planned end or later; otherwise they left. Without an arm there was no treatment to
    leave.
    """
    if not person.randomizations:
        return max([0, *(visit.day for visit in person.visits)]), DischargeReason.OTHER
    randomization = person.randomizations[-1]
    arm = _arm(person, randomization)
    covered = LIMITS[arm.product].covers_days - 1
    doses = [day + covered for day, _ in person.doses]
    end = max([*doses, randomization.day])
    if person.died:
        return end, DischargeReason.DEATH
    planned = randomization.day + rules.TREATMENT_DAYS[person.project, randomization.which]
    stayed = end >= planned - rules.DAYS_BEFORE_PLANNED_END
    return end, DischargeReason.STUDY_ENDED if stayed else DischargeReason.DROPPED_OUT


def add_plans(load: Load, entry: Entry, *, end: date) -> None:
    """Add one plan version per randomization; the second of CTN-0030 replaces the first."""
    person = entry.participant
    starts = [load.date_of(randomization.day) for randomization in person.randomizations]
    ends = [*starts[1:], end]
    for number, randomization in enumerate(person.randomizations, start=1):
        batch, signatures = load.rounds.of_version(number)
        is_last = number == len(starts)
        start = starts[number - 1]
        plan_id = batch.add(
            TreatmentPlan,
            episode_id=entry.episode_id,
            patient_id=entry.patient_id,
            site_id=entry.site_id,
            number=number,
            summary=f"Randomized to {randomization.arm}.",
            written_by_id=load.by.pk,
            recorded_at=load.now,
        )
        load.write_audit_rows(
            AuditAction.IMPORT_SIGNED_PLAN,
            TreatmentPlan(pk=plan_id, patient_id=entry.patient_id, site_id=entry.site_id),
        )
        _add_content(load, batch, plan_id, person=person, randomization=randomization)
        signatures.append(
            PlanSignature(
                plan_id=plan_id,
                status=PlanStatus.CLOSED if is_last else PlanStatus.SUPERSEDED,
                signed_by_id=load.by.pk,
                signed_at=moment_of(start, NOON, rules.ZONE),
                start_date=start,
                end_date=ends[number - 1],
            )
        )


def _add_content(
    load: Load, batch: Batch, plan_id: int, *, person: Participant, randomization: Randomization
) -> None:
    arm = _arm(person, randomization)
    limits = LIMITS[arm.product]
    problem_id = batch.add(
        Problem,
        plan_id=plan_id,
        area=ProblemArea.OPIOID_USE,
        description="Opioid use disorder",
    )
    goal_id = batch.add(
        Goal, problem_id=problem_id, description="Stay in treatment for the length of the trial"
    )
    batch.add_leaf(
        Intervention,
        goal_id=goal_id,
        arm=Arm.MEDICATION,
        product=arm.product,
        dose_mg=_ordered(load, person=person, randomization=randomization, arm=arm),
        form=limits.form,
        interval_days=limits.interval_days,
        instructions="Flexible by protocol; this is the first dose. The ledger has each dose.",
    )
    if arm.modality is not None:
        batch.add_leaf(
            Intervention,
            goal_id=goal_id,
            arm=Arm.BEHAVIORAL,
            modality=arm.modality,
            frequency=Frequency.WEEKLY,
        )


def _ordered(
    load: Load, *, person: Participant, randomization: Randomization, arm: rules.TrialArm
) -> Decimal:
    """Return the first dose under this plan, or the label's where none was given."""
    given = [amount for day, amount in sorted(person.doses) if day >= randomization.day]
    if given:
        return given[0] * arm.mg_per_unit
    load.noted["plan of somebody who got no dose under it: the label's first dose stands"] += 1
    limits = LIMITS[arm.product]
    return limits.only[-1] if limits.only else limits.highest_first_dose or Decimal(1)


def add_doses(load: Load, entry: Entry) -> None:
    """Add every dose; a day with two rows gets two portions."""
    person = entry.participant
    if not person.doses:
        if person.randomizations:
            load.noted["randomized, never given a dose"] += 1
        return
    portions: Counter[int] = Counter()
    for day, amount in person.doses:
        arm = _arm(person, _in_force(person, day))
        portions[day] += 1
        _note(load, arm=arm, amount=amount, portion=portions[day])
        load.batch.add_leaf(
            DoseRecord,
            patient_id=entry.patient_id,
            episode_id=entry.episode_id,
            site_id=entry.site_id,
            dose_date=load.date_of(day),
            outcome=DoseOutcome.GIVEN,
            product=arm.product,
            amount_mg=amount * arm.mg_per_unit,
            portion=portions[day],
            recorded_by_id=load.by.pk,
            recorded_at=load.now,
        )


def _note(load: Load, *, arm: rules.TrialArm, amount: Decimal, portion: int) -> None:
    if portion > 1:
        load.noted["second dose row of a day: loaded as a second portion"] += 1
    if arm.product != Product.METHADONE_ORAL and amount > rules.UNLIKELY_BUPRENORPHINE_MG:
        load.noted[
            "dose above 32 mg in a buprenorphine arm: loaded as the arm's product, perhaps another"
        ] += 1


def _in_force(person: Participant, day: int) -> Randomization:
    """Return the randomization active on `day`; doses just before the first belong to it."""
    held = [one for one in person.randomizations if one.day <= day]
    return held[-1] if held else person.randomizations[0]


def _arm(person: Participant, randomization: Randomization) -> rules.TrialArm:
    return rules.ARMS[person.project, randomization.arm]
