"""Models of programs and episodes of care."""

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
from patients.models.programs import Program


class EpisodeQuerySet(LinkedQuerySet["Episode"]):
    """Episodes, with the clinical columns only for users who may see them.

    That a patient is in care, and since when, counts as identity here, because the schedule shows
    it anyway. Who referred the patient and why they left is clinical. Pages and the API read both
    as `told_…`: the value of the row where SEE_CLINICAL covers the patient, and None elsewhere.
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
    """Range of the stay without its last day: a patient may return on the day they left."""
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
    #: Columns that require SEE_CLINICAL; pages and the API read `told_…` instead.
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
        choices=ReferralSource.as_choices,
        default=ReferralSource.UNKNOWN,
    )
    discharge_date = models.DateField("discharge date", null=True, blank=True)
    discharge_reason = models.CharField(
        "discharge reason", max_length=20, choices=DischargeReason.as_choices, blank=True
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
            # A patient is in a program only once at a time; otherwise reports would count them
            # twice.
            ExclusionConstraint(
                name="episode_stays_do_not_overlap",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("program", RangeOperators.EQUAL),
                    (_stay(), RangeOperators.OVERLAPS),
                ],
            ),
            # Target of the foreign keys of plans and doses, so that they cannot name another
            # patient or site.
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
            # For users with many sites: reading in order is faster than sorting the rows of all of
            # them.
            models.Index(fields=["-admission_date", "-id"], name="episode_newest"),
        ]

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        """Require SEE_CLINICAL for a row with a clinical column, otherwise SEE_IDENTITY."""
        plain, clinical = (
            access_scope(user, Permission.SEE_IDENTITY),
            access_scope(user, Permission.SEE_CLINICAL),
        )

        def rule(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            within = clinical if any(name in row for name in cls.CLINICAL) else plain
            return within.ground(site_id, row.get("patient_id"))

        return rule

    def __str__(self) -> str:
        return f"{self.program} from {self.admission_date:%-d %b %Y}"

    @property
    def why_left(self) -> str:
        """Label of the discharge reason for the user of `visible_to`; empty if they may not see it."""
        told = self.told_discharge_reason
        return str(DischargeReason(told).label) if told else ""

    @property
    def sent_by(self) -> str:
        """Label of the referral source for the user of `visible_to`; empty if they may not see it."""
        told = self.told_referral_source
        return str(ReferralSource(told).label) if told else ""

    @property
    def is_open(self) -> bool:
        return self.discharge_date is None
