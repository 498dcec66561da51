"""Queries for retention reports: one statement that counts in the database."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from access.actor import Actor
from access.authz.policy import sites_with_permission
from access.enums import Permission
from appointments.enums import AppointmentStatus
from dispensary.enums import DoseOutcome
from outcomes.enums import (
    ADMINISTRATIVE_ENDS,
    ARM_LABELS,
    NO_MEDICATION_LABEL,
    NO_PLAN_LABEL,
    Ending,
    Grouping,
    Measure,
)
from outcomes.retention import (
    ALLOWED_GAP_DAYS,
    GroupTally,
    RetentionQuestion,
    RetentionReport,
    summarize,
)
from patients.models import Episode
from treatments.dosing import LIMITS
from treatments.enums import Arm, Medication, PlanStatus

PRODUCTS = """
    WITH product AS (
        SELECT * FROM unnest(%(products)s::text[], %(medications)s::text[], %(covers)s::integer[])
            AS product(code, medication, covers_days)
    ), """
# Only what was known on the day of the report: later discharges, plans, doses and visits do not
# count.
STAYS = """
    stay AS (
        SELECT episode.id, episode.patient_id, episode.site_id, episode.program_id,
               episode.admission_date,
               CASE WHEN episode.discharge_date <= %(as_of)s THEN episode.discharge_date END AS ended,
               episode.discharge_reason = ANY(%(administrative)s) AS administrative
        FROM patients_episode episode
        WHERE episode.admission_date <= %(as_of)s AND episode.id IN ({episodes})
    ), plan AS (
        SELECT DISTINCT ON (plan.episode_id) plan.episode_id, plan.id, plan.start_date
        FROM treatments_treatmentplan plan
        JOIN stay ON stay.id = plan.episode_id
        WHERE plan.status <> %(draft)s AND plan.start_date <= %(as_of)s
        ORDER BY plan.episode_id, plan.number
    ), content AS (
        SELECT plan.episode_id,
               bool_or(intervention.arm = %(medication)s) AS has_medication,
               bool_or(intervention.arm = %(behavioural)s) AS has_behavioural,
               array_agg(DISTINCT product.medication) FILTER (WHERE product.medication <> '')
                   AS medications
        FROM plan
        JOIN treatments_problem problem ON problem.plan_id = plan.id
        JOIN treatments_goal goal ON goal.problem_id = problem.id
        JOIN treatments_intervention intervention ON intervention.goal_id = goal.id
        LEFT JOIN product ON product.code = intervention.product
        GROUP BY plan.episode_id
    ), """
# A visit covers its day only under a plan version without medication. A patient who stopped
# methadone and stays in counseling has not left, but a visit does not replace a dose.
COVERAGE = """
    dosed AS (
        SELECT dose.episode_id, max(dose.dose_date + product.covers_days - 1) AS last_day
        FROM dispensary_doserecord dose
        JOIN stay ON stay.id = dose.episode_id
        JOIN product ON product.code = dose.product
        WHERE dose.outcome = ANY(%(taken)s) AND dose.amount_mg > 0 AND dose.dose_date <= %(as_of)s
          AND NOT EXISTS (
              SELECT FROM dispensary_doserecord voiding
              WHERE voiding.voids_id = dose.id AND voiding.voids_id IS NOT NULL
          )
        GROUP BY dose.episode_id
    ), medicated AS (
        SELECT DISTINCT problem.plan_id
        FROM treatments_intervention intervention
        JOIN treatments_goal goal ON goal.id = intervention.goal_id
        JOIN treatments_problem problem ON problem.id = goal.problem_id
        WHERE intervention.arm = %(medication)s
    ), version AS (
        SELECT plan.episode_id, plan.start_date, medicated.plan_id IS NULL AS without_medication,
               least(plan.end_date, lead(plan.start_date) OVER of_episode - 1) AS last_day
        FROM treatments_treatmentplan plan
        JOIN stay ON stay.id = plan.episode_id
        LEFT JOIN medicated ON medicated.plan_id = plan.id
        WHERE plan.status <> %(draft)s AND plan.start_date <= %(as_of)s
        WINDOW of_episode AS (PARTITION BY plan.episode_id ORDER BY plan.number)
    ), visited AS (
        SELECT stay.id AS episode_id,
               max((visit.starts_at AT TIME ZONE site.time_zone)::date) AS last_day
        FROM stay
        JOIN version ON version.episode_id = stay.id AND version.without_medication
        JOIN access_site site ON site.id = stay.site_id
        JOIN appointments_appointment visit ON visit.patient_id = stay.patient_id
         AND visit.status = %(kept)s
         AND (visit.starts_at AT TIME ZONE site.time_zone)::date
             BETWEEN greatest(stay.admission_date, version.start_date)
                 AND least(stay.ended, version.last_day, %(as_of)s)
        GROUP BY stay.id
    ), observed AS (
        SELECT stay.*, plan.start_date,
               least(coalesce(greatest(dosed.last_day, visited.last_day), plan.start_date),
                     coalesce(stay.ended, %(as_of)s)) AS last_day
        FROM stay
        LEFT JOIN plan ON plan.episode_id = stay.id
        LEFT JOIN dosed ON dosed.episode_id = stay.id
        LEFT JOIN visited ON visited.episode_id = stay.id
    )"""
OPEN_EPISODE = """
    observed AS (
        SELECT stay.*, stay.admission_date AS start_date,
               coalesce(stay.ended, %(as_of)s) AS last_day
        FROM stay
    )"""
COUNTED = """
    SELECT {key} AS key, {label} AS label,
           greatest(observed.last_day - observed.start_date, 0) AS days,
           CASE
               WHEN observed.start_date IS NULL THEN %(no_plan)s
               WHEN observed.ended IS NOT NULL AND observed.administrative THEN %(ended)s
               WHEN observed.ended IS NOT NULL THEN %(departed)s
               WHEN %(as_of)s - observed.last_day > %(gap)s THEN %(departed)s
               ELSE %(in_care)s
           END AS ending,
           coalesce(observed.start_date + %(days)s <= %(as_of)s, false) AS could_be_retained,
           count(*) AS episodes
    FROM observed
    JOIN access_site site ON site.id = observed.site_id
    JOIN patients_program program ON program.id = observed.program_id
    LEFT JOIN content ON content.episode_id = observed.id
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 3, 4, 5"""
ARM_KEY = """CASE
    WHEN content.episode_id IS NULL THEN 'no_plan'
    WHEN content.has_medication AND content.has_behavioural THEN 'both'
    WHEN content.has_medication THEN 'medication'
    WHEN content.has_behavioural THEN 'behavioural'
    ELSE 'none'
END"""
MEDICATION_KEY = """CASE
    WHEN content.episode_id IS NULL THEN 'no_plan'
    ELSE coalesce(array_to_string(content.medications, '+'), '')
END"""
KEYS = {
    Grouping.ARM: (ARM_KEY, "''"),
    Grouping.MEDICATION: (MEDICATION_KEY, "''"),
    Grouping.SITE: ("site.code", "site.name"),
    Grouping.PROGRAM: ("program.code", "program.code"),
}


def reportable_episodes(user: Actor) -> QuerySet[Episode]:
    """Episodes at the sites whose outcomes `user` may see; for counts without names."""
    return Episode.objects.filter(site_id__in=sites_with_permission(user, Permission.SEE_OUTCOMES))


def retention_report(
    *, episodes: QuerySet[Episode], question: RetentionQuestion
) -> RetentionReport:
    """Retention of `episodes`, which the caller has limited to what the user may see."""
    return summarize(question=question, tallies=_tallies(episodes=episodes, question=question))


def _tallies(*, episodes: QuerySet[Episode], question: RetentionQuestion) -> list[GroupTally]:
    try:
        statement, values = _statement(episodes=episodes, question=question)
    except EmptyResultSet:  # the scope is empty, which Django detects without a query
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return [
        GroupTally(
            key=key,
            label=label or _label(by=question.by, key=key),
            days=days or 0,
            ending=Ending(ending),
            could_be_retained=could_be_retained,
            episodes=count,
        )
        for key, label, days, ending, could_be_retained, count in rows
    ]


def _statement(
    *, episodes: QuerySet[Episode], question: RetentionQuestion
) -> tuple[str, dict[str, Any]]:
    scope, scope_values = episodes.order_by().values("pk").query.sql_with_params()
    # Django passes values by position; here they are named, so that each is passed once.
    names = [f"scope_{number}" for number in range(len(scope_values))]
    scope = scope.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)
    key, label = KEYS[question.by]
    observed = COVERAGE if question.measure == Measure.COVERAGE else OPEN_EPISODE
    statement = "".join(
        (
            PRODUCTS,
            STAYS.format(episodes=scope),
            observed,
            COUNTED.format(key=key, label=label),
        )
    )
    return statement, _values(question) | dict(zip(names, scope_values, strict=True))


def _values(question: RetentionQuestion) -> dict[str, Any]:
    return {
        "as_of": question.as_of,
        "days": question.days,
        "administrative": [str(reason) for reason in ADMINISTRATIVE_ENDS],
        "draft": str(PlanStatus.DRAFT),
        "medication": str(Arm.MEDICATION),
        "behavioural": str(Arm.BEHAVIORAL),
        "products": [str(product) for product in LIMITS],
        "medications": [str(limits.medication) for limits in LIMITS.values()],
        "covers": [limits.covers_days for limits in LIMITS.values()],
        "taken": [str(DoseOutcome.GIVEN), str(DoseOutcome.TAKE_HOME)],
        "kept": str(AppointmentStatus.COMPLETED),
        "gap": ALLOWED_GAP_DAYS if question.measure == Measure.COVERAGE else None,
        "no_plan": str(Ending.NO_PLAN),
        "ended": str(Ending.ADMINISTRATIVE),
        "departed": str(Ending.DEPARTED),
        "in_care": str(Ending.IN_CARE),
    }


def _label(*, by: Grouping, key: str) -> str:
    if key == Ending.NO_PLAN:
        return NO_PLAN_LABEL
    if by == Grouping.ARM:
        return ARM_LABELS[key]
    if not key:
        return NO_MEDICATION_LABEL
    return " and ".join(Medication(part).label for part in key.split("+"))
