"""Models of the treatment plan: problems, goals and interventions of both arms.

Database triggers freeze a signed plan and everything under it; changing a plan means writing its
next version.
"""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from access.enums import Permission
from access.models import User
from access.row_tracking import ChildRecord, PatientRecord
from patients.models import Episode, LinkedQuerySet, Patient
from treatments.enums import (
    Arm,
    Frequency,
    Modality,
    PlanStatus,
    ProblemArea,
    Product,
)
from vault.encrypted_fields import EncryptedCharField, EncryptedTextField


class PlanQuerySet(LinkedQuerySet["TreatmentPlan"]):
    seen_with = Permission.SEE_PLAN
    site_path = "site_id"

    def active(self) -> Self:
        return self.filter(status=PlanStatus.ACTIVE)

    def with_content(self) -> Self:
        """Plans with problems, goals and interventions, in a constant number of queries."""
        return self.select_related("episode__program", "patient", "signed_by").prefetch_related(
            "problems__goals__interventions"
        )


class TreatmentPlan(PatientRecord):
    """One version of the plan for one episode of care."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("summary", "start_date")
    ORDER: ClassVar[tuple[str, ...]] = ("-recorded_at", "-id")

    episode = models.ForeignKey(Episode, models.PROTECT, related_name="plans")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plans")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField("version")
    status = models.CharField(
        "status", max_length=12, choices=PlanStatus.as_choices, default=PlanStatus.DRAFT
    )
    summary = EncryptedTextField("in the patient's own words", blank=True)
    start_date = models.DateField("active from", null=True, blank=True)
    end_date = models.DateField("active until", null=True, blank=True)
    review_date = models.DateField("review by", null=True, blank=True)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="plans_written")
    signed_by = models.ForeignKey(
        User, models.PROTECT, related_name="plans_signed", null=True, blank=True
    )
    signed_at = models.DateTimeField("signed at", null=True, blank=True)
    revision = models.PositiveIntegerField(
        "revision", default=0, help_text="Increases with every change of the draft."
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = "treatment plan"
        constraints = [
            models.UniqueConstraint(
                fields=["episode"],
                condition=Q(status=PlanStatus.ACTIVE),
                name="plan_one_active_per_episode",
            ),
            models.UniqueConstraint(
                fields=["episode"],
                condition=Q(status=PlanStatus.DRAFT),
                name="plan_one_draft_per_episode",
            ),
            models.UniqueConstraint(fields=["episode", "number"], name="plan_version_once"),
            models.CheckConstraint(
                condition=Q(
                    status=PlanStatus.DRAFT,
                    signed_at__isnull=True,
                    signed_by__isnull=True,
                    start_date__isnull=True,
                    end_date__isnull=True,
                )
                | Q(
                    status=PlanStatus.ACTIVE,
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    start_date__isnull=False,
                    end_date__isnull=True,
                )
                | Q(
                    status__in=[PlanStatus.SUPERSEDED, PlanStatus.CLOSED],
                    signed_at__isnull=False,
                    signed_by__isnull=False,
                    start_date__isnull=False,
                    end_date__isnull=False,
                ),
                name="plan_signed_unless_draft",
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="plan_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-number"], name="plan_of_patient"),
            models.Index(fields=["site", "-recorded_at", "-id"], name="plan_newest_at_site"),
            # For users with many sites: reading in order is faster than sorting the rows of all of
            # them.
            models.Index(fields=["-recorded_at", "-id"], name="plan_newest"),
            # Reminders and follow-ups search by it each minute.
            models.Index(
                fields=["review_date"],
                condition=Q(status=PlanStatus.ACTIVE),
                name="plan_to_review",
            ),
        ]

    def __str__(self) -> str:
        return f"Plan version {self.number} ({self.get_status_display().lower()})"

    @property
    def is_draft(self) -> bool:
        return self.status == PlanStatus.DRAFT

    @property
    def awaits_a_prescriber(self) -> bool:
        """Whether an import created the plan; it is counted, but nothing is dispensed from it."""
        return self.signed_by is not None and self.signed_by.is_service

    def interventions(self) -> list[Intervention]:
        """All interventions, in order; no query after `with_content`."""
        return [
            intervention
            for problem in self.problems.all()
            for goal in problem.goals.all()
            for intervention in goal.interventions.all()
        ]

    @property
    def medication(self) -> list[Intervention]:
        return [row for row in self.interventions() if row.arm == Arm.MEDICATION]

    @property
    def behavioral(self) -> list[Intervention]:
        return [row for row in self.interventions() if row.arm == Arm.BEHAVIORAL]


class ProblemQuerySet(LinkedQuerySet["Problem"]):
    seen_with = Permission.SEE_PLAN
    site_path = "plan__site_id"
    patient_path = "plan__patient_id"


class Problem(ChildRecord):
    WHOLE = "plan"
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("area", "description")

    plan = models.ForeignKey(TreatmentPlan, models.CASCADE, related_name="problems")
    area = models.CharField("area", max_length=30, choices=ProblemArea.as_choices)
    description = EncryptedCharField("problem", max_length=500)

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = "problem"
        ordering = ["id"]  # in the order of writing

    def __str__(self) -> str:
        return self.description

    @property
    def key(self) -> str:
        """The id as text, for a page that names its forms by it."""
        return str(self.pk)


class GoalQuerySet(LinkedQuerySet["Goal"]):
    seen_with = Permission.SEE_PLAN
    site_path = "problem__plan__site_id"
    patient_path = "problem__plan__patient_id"


class Goal(ChildRecord):
    WHOLE = "problem"
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("description", "target_date")

    problem = models.ForeignKey(Problem, models.CASCADE, related_name="goals")
    description = EncryptedCharField("goal", max_length=500)
    target_date = models.DateField("by", null=True, blank=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = "goal"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.description

    @property
    def key(self) -> str:
        return str(self.pk)


class InterventionQuerySet(LinkedQuerySet["Intervention"]):
    seen_with = Permission.SEE_PLAN
    site_path = "goal__problem__plan__site_id"
    patient_path = "goal__problem__plan__patient_id"


class Intervention(ChildRecord):
    """What is done toward a goal: either behavioral care or a medication order, never both."""

    WHOLE = "goal"
    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "arm",
        "modality",
        "frequency",
        "product",
        "dose_mg",
        "interval_days",
        "last_date",
        "dose_reason",
        "instructions",
    )

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="interventions")
    arm = models.CharField("arm", max_length=12, choices=Arm.as_choices)
    modality = models.CharField("what", max_length=40, choices=Modality.as_choices, blank=True)
    frequency = models.CharField(
        "frequency", max_length=20, choices=Frequency.as_choices, blank=True
    )
    minutes = models.PositiveSmallIntegerField("minutes", null=True, blank=True)
    product = models.CharField("medication", max_length=30, choices=Product.as_choices, blank=True)
    dose_mg = models.DecimalField(
        "dose (mg)", max_digits=7, decimal_places=2, null=True, blank=True
    )
    form = models.CharField("form", max_length=60, blank=True)
    interval_days = models.PositiveSmallIntegerField("days between doses", null=True, blank=True)
    last_date = models.DateField(
        "last day of the order",
        null=True,
        blank=True,
        help_text="If empty: as long as the plan is active.",
    )
    dose_reason = EncryptedCharField("reason for an unusual dose", max_length=500, blank=True)
    instructions = EncryptedCharField("instructions", max_length=500, blank=True)

    objects = InterventionQuerySet.as_manager()

    class Meta:
        verbose_name = "intervention"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    arm=Arm.BEHAVIORAL,
                    modality__in=Modality.values,
                    frequency__in=Frequency.values,
                    product="",
                    dose_mg__isnull=True,
                    interval_days__isnull=True,
                    last_date__isnull=True,
                )
                | Q(
                    arm=Arm.MEDICATION,
                    modality="",
                    frequency="",
                    product__in=Product.values,
                    dose_mg__isnull=False,
                    dose_mg__gt=0,
                    interval_days__isnull=False,
                    interval_days__gte=1,
                ),
                name="intervention_is_of_one_arm",
            ),
        ]
        indexes = [
            # Reminders and follow-ups search by it each minute.
            models.Index(
                fields=["last_date"],
                condition=Q(last_date__isnull=False),
                name="intervention_order_ends",
            ),
        ]

    def __str__(self) -> str:
        if self.arm == Arm.MEDICATION:
            until = f", until {self.last_date:%-d %b %Y}" if self.last_date else ""
            return f"{self.get_product_display()} {self.dose_words} {self.interval_words}{until}"
        return f"{self.get_modality_display()}, {self.get_frequency_display().lower()}"

    @property
    def dose_words(self) -> str:
        """Milligrams without trailing zeros, because 5.0 could be read as 50."""
        return f"{self.dose_mg.normalize():f} mg" if self.dose_mg is not None else ""

    @property
    def interval_words(self) -> str:
        return "daily" if self.interval_days == 1 else f"every {self.interval_days} days"
