"""Model of the dose ledger.

A correction is a voiding row plus a new one; triggers refuse any other change.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from access.enums import Permission
from access.models import User
from access.row_tracking import PatientRecord
from dispensary.enums import DoseOutcome
from patients.models import Episode, LinkedQuerySet, Patient
from treatments.dosing import INJECTIONS, MOST_RECORDED_MG
from treatments.enums import Product
from vault.encrypted_fields import EncryptedCharField


class DoseQuerySet(LinkedQuerySet["DoseRecord"]):
    seen_with = Permission.SEE_DOSES
    site_path = "site_id"

    def effective(self) -> Self:
        """Rows that count: neither voiding nor voided ones."""
        voided = DoseRecord.objects.filter(voids_id=OuterRef("pk"))
        return self.exclude(outcome=DoseOutcome.VOID).filter(~Exists(voided))

    def taken(self) -> Self:
        return self.filter(outcome__in=[DoseOutcome.GIVEN, DoseOutcome.TAKE_HOME])

    def at_home(self, today: date) -> Self:
        """Take-home doses for `today` or later, which can be counted; may include voided rows."""
        return self.filter(outcome=DoseOutcome.TAKE_HOME, dose_date__gte=today)


class DoseRecord(PatientRecord):
    """One dose record: `amount_mg` of `product` for `dose_date`, or that it was missed."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "dose_date",
        "outcome",
        "product",
        "amount_mg",
        "reason",
    )
    ORDER: ClassVar[tuple[str, ...]] = ("-dose_date", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="doses")
    episode = models.ForeignKey(Episode, models.PROTECT, related_name="doses")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="doses")
    dose_date = models.DateField("dose date")
    outcome = models.CharField("outcome", max_length=10, choices=DoseOutcome.as_choices)
    product = models.CharField("product", max_length=30, choices=Product.as_choices)
    amount_mg = models.DecimalField("amount (mg)", max_digits=7, decimal_places=2, null=True)
    portion = models.PositiveSmallIntegerField(
        "portion",
        default=1,
        help_text="1 unless the day's dose is split (42 CFR 8.2, split dosing).",
    )
    correction = models.PositiveSmallIntegerField(
        "correction", default=0, help_text="Number of voided rows before this one for the same day."
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="doses_recorded")
    voids = models.OneToOneField(
        "self", models.PROTECT, related_name="voided_by", null=True, blank=True
    )
    reason = EncryptedCharField("reason", max_length=300, blank=True)

    objects = DoseQuerySet.as_manager()

    class Meta:
        verbose_name = "dose record"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[DoseOutcome.GIVEN, DoseOutcome.TAKE_HOME],
                    amount_mg__isnull=False,
                    amount_mg__gt=0,
                    voids__isnull=True,
                )
                | Q(outcome=DoseOutcome.MISSED, amount_mg__isnull=True, voids__isnull=True)
                | (
                    Q(outcome=DoseOutcome.VOID, amount_mg__isnull=True, voids__isnull=False)
                    & ~Q(reason="")
                ),
                name="dose_outcome_has_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(amount_mg__isnull=True) | Q(amount_mg__lte=MOST_RECORDED_MG),
                name="dose_amount_can_have_been_given",
            ),
            # Two nurses cannot both give today's dose: the second insert fails here. It is unique
            # by patient and not by episode, because a patient in two programs would take both
            # doses.
            models.UniqueConstraint(
                fields=["patient", "dose_date", "portion", "correction"],
                condition=~Q(outcome=DoseOutcome.VOID),
                name="dose_once_per_patient_and_day",
            ),
        ]
        indexes = [
            models.Index(fields=["episode", "-dose_date", "-id"], name="dose_of_episode"),
            models.Index(fields=["patient", "-dose_date", "-id"], name="dose_of_patient"),
            models.Index(fields=["site", "-dose_date", "-id"], name="dose_at_site"),
            # For users with many sites: reading in order is faster than sorting the rows of all of
            # them.
            models.Index(fields=["-dose_date", "-id"], name="dose_newest"),
            # Few rows among many daily doses; reminders search by it each minute.
            models.Index(
                fields=["dose_date"],
                condition=Q(outcome=DoseOutcome.MISSED),
                name="dose_missed",
            ),
            models.Index(
                fields=["dose_date"],
                condition=Q(outcome=DoseOutcome.TAKE_HOME),
                name="dose_taken_home",
            ),
            models.Index(
                fields=["product", "dose_date"],
                condition=Q(outcome=DoseOutcome.GIVEN, product__in=INJECTIONS),
                name="dose_injected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}, {self.dose_date:%-d %b %Y}"

    @property
    def dose_words(self) -> str:
        return f"{self.amount_mg.normalize():f} mg" if self.amount_mg is not None else "—"
