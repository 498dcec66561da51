"""Model of naloxone kits that were given, or offered and declined."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from access.models import User
from access.row_tracking import PatientRecord
from dispensary.enums import NaloxoneAnswer, NaloxoneProduct
from patients.models import ClinicalQuerySet, Patient


class NaloxoneQuerySet(ClinicalQuerySet["NaloxoneOffer"]):
    site_path = "site_id"

    def latest_given(self) -> Self:
        """Kits that are the last one given or offered to their patient."""
        later = NaloxoneOffer.objects.filter(patient=OuterRef("patient")).filter(
            Q(offered_date__gt=OuterRef("offered_date"))
            | Q(offered_date=OuterRef("offered_date"), pk__gt=OuterRef("pk"))
        )
        return self.filter(~Exists(later), answer=NaloxoneAnswer.GIVEN)


class NaloxoneOffer(PatientRecord):
    """A naloxone kit that was given, or offered and declined; a patient's latest row counts."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "answer",
        "product",
        "number",
        "offered_date",
        "expires_date",
    )
    ORDER: ClassVar[tuple[str, ...]] = ("-offered_date", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="naloxone_offers")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="+")
    answer = models.CharField("answer", max_length=8, choices=NaloxoneAnswer.as_choices)
    offered_date = models.DateField("on")
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="by")
    product = models.CharField(
        "product", max_length=12, choices=NaloxoneProduct.as_choices, blank=True
    )
    number = models.PositiveSmallIntegerField("kits", null=True, blank=True)
    expires_date = models.DateField("expires on", null=True, blank=True)
    lot = models.CharField("lot", max_length=40, blank=True)

    objects = NaloxoneQuerySet.as_manager()

    class Meta:
        verbose_name = "naloxone offer"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    answer=NaloxoneAnswer.GIVEN,
                    product__in=NaloxoneProduct.values,
                    number__isnull=False,
                    number__gte=1,
                    expires_date__isnull=False,
                )
                | Q(
                    answer=NaloxoneAnswer.DECLINED,
                    product="",
                    number__isnull=True,
                    expires_date__isnull=True,
                    lot="",
                ),
                name="naloxone_given_or_declined",
            ),
            models.CheckConstraint(
                condition=Q(expires_date__isnull=True) | Q(expires_date__gt=F("offered_date")),
                name="naloxone_expires_after_it_is_given",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-offered_date", "-id"], name="naloxone_of_patient"),
            models.Index(fields=["site", "-offered_date", "-id"], name="naloxone_at_site"),
            models.Index(fields=["-offered_date", "-id"], name="naloxone_newest"),
            # Reminders search by it each minute.
            models.Index(
                fields=["expires_date"],
                condition=Q(answer=NaloxoneAnswer.GIVEN),
                name="naloxone_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"Naloxone {self.get_answer_display().lower()}, {self.offered_date:%-d %b %Y}"
