"""Programs, and the episodes of care in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When

from access.actor import Actor
from access.authz.policy import access_scope
from access.enums import AccessBasis, Permission
from access.models import Site
from access.row_tracking import PatientRecord, RowRule
from patients.enums import DischargeReason, ReferralSource
from patients.models.people import LinkedQuerySet, Patient


class Program(models.Model):
    """What people are admitted to at a site: an opioid treatment program, office-based care, a study."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    site = models.ForeignKey(Site, models.PROTECT, related_name="programs")
    code = models.SlugField("code", max_length=40)
    name = models.CharField("name", max_length=200)
    is_active = models.BooleanField("admits patients", default=True)

    class Meta:
        verbose_name = "program"
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="program_code_once_per_site"),
        ]

    def __str__(self) -> str:
        return self.name


class EpisodeQuerySet(LinkedQuerySet["Episode"]):
    """That somebody is in care at all, and since when, is identity here: the schedule shows it anyway.

    Who sent them and why they left is clinical. A face has both as `told_…`: what stands in the
    row where SEE_CLINICAL reaches, None elsewhere.
    """

    seen_with = Permission.SEE_IDENTITY
    site_path = "site_id"

    def visible_to(self, user: Actor) -> Self:
        clinical = access_scope(user, Permission.SEE_CLINICAL).condition(
            self.site_path, self.patient_path
        )
        told = {
            f"told_{name}": Case(When(clinical, then=F(name)), default=Value(None))
            for name in Episode.CLINICAL
        }
        return super().visible_to(user).annotate(**told).defer(*Episode.CLINICAL)

    def open(self) -> Self:
        return self.filter(discharge_date__isnull=True)


def _stay() -> Func:
    """Half-open: somebody may come back on the day on which they left."""
    return Func(
        F("admission_date"),
        F("discharge_date"),
        Value("[)"),
        function="DATERANGE",
        output_field=DateRangeField(),
    )


class Episode(PatientRecord):
    """One stay in a program, from admission to discharge."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "admission_date",
        "discharge_date",
        "discharge_reason",
        "discharged_at",
        "referral_source",
    )
    ORDER: ClassVar[tuple[str, ...]] = ("-admission_date", "-id")
    #: Told with SEE_CLINICAL only; no face reads these columns themselves.
    CLINICAL: ClassVar[tuple[str, ...]] = ("referral_source", "discharge_reason")
    told_referral_source: str | None
    told_discharge_reason: str | None

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="episodes")
    program = models.ForeignKey(Program, models.PROTECT, related_name="episodes")
    site = models.ForeignKey(Site, models.PROTECT, related_name="episodes")
    admission_date = models.DateField("admission date")
    referral_source = models.CharField(
        "referred by",
        max_length=20,
        choices=ReferralSource.choices,
        default=ReferralSource.UNKNOWN,
    )
    discharge_date = models.DateField("discharge date", null=True, blank=True)
    discharge_reason = models.CharField(
        "reason for leaving", max_length=20, choices=DischargeReason.choices, blank=True
    )

    #: When the discharge was recorded: the only hour that a discharge has. Empty after an import.
    discharged_at = models.DateTimeField(
        "discharge recorded at", null=True, blank=True, editable=False
    )

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        verbose_name = "episode of care"
        verbose_name_plural = "episodes of care"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "program"],
                condition=Q(discharge_date__isnull=True),
                name="episode_one_open_per_program",
            ),
            # Nobody is in one program twice at a time: the report would count them twice.
            ExclusionConstraint(
                name="episode_stays_do_not_overlap",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("program", RangeOperators.EQUAL),
                    (_stay(), RangeOperators.OVERLAPS),
                ],
            ),
            # What plans and doses point at, so that neither can name another patient or site.
            models.UniqueConstraint(
                fields=["id", "patient", "site"], name="episode_is_of_its_patient"
            ),
            models.CheckConstraint(
                condition=Q(discharge_date__isnull=True)
                | Q(discharge_date__gte=F("admission_date")),
                name="episode_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(discharge_date__isnull=True, discharge_reason="")
                | Q(discharge_date__isnull=False, discharge_reason__in=DischargeReason.values),
                name="episode_discharge_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "-admission_date", "-id"], name="episode_newest_at_site"),
            # For somebody who works at many sites: reading in order beats sorting all of theirs.
            models.Index(fields=["-admission_date", "-id"], name="episode_newest"),
        ]

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        """A row that brings a clinical column asks for more than one that does not."""
        plain, clinical = (
            access_scope(user, Permission.SEE_IDENTITY),
            access_scope(user, Permission.SEE_CLINICAL),
        )

        def judge(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            within = clinical if any(name in row for name in cls.CLINICAL) else plain
            return within.ground(site_id, row.get("patient_id"))

        return judge

    def __str__(self) -> str:
        return f"{self.program} from {self.admission_date:%-d %b %Y}"

    @property
    def why_left(self) -> str:
        """In words, for whom `visible_to` was asked; empty if it is not theirs to know."""
        told = self.told_discharge_reason
        return str(DischargeReason(told).label) if told else ""

    @property
    def sent_by(self) -> str:
        """Likewise: who referred them."""
        told = self.told_referral_source
        return str(ReferralSource(told).label) if told else ""

    @property
    def is_open(self) -> bool:
        return self.discharge_date is None
