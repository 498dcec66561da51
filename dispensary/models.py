"""The dose ledger, who was called back with the bottles taken home, and naloxone kits.

In the ledger a correction is a voiding row plus a new one; triggers refuse anything else.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from access.enums import Right
from access.models import User
from access.noticing import PatientRecord
from dispensary.enums import CallBackOutcome, DoseOutcome, NaloxoneAnswer, NaloxoneProduct
from patients.models import ClinicalQuerySet, Episode, LinkedQuerySet, Patient
from treatments.dosing import INJECTIONS, MOST_RECORDED_MG
from treatments.enums import Product
from vault.fields import EncryptedCharField


class DoseQuerySet(LinkedQuerySet["DoseRecord"]):
    seen_with = Right.SEE_DOSES
    site_path = "site_id"

    def effective(self) -> Self:
        """What stands: neither a voiding row nor a voided one."""
        voided = DoseRecord.objects.filter(voids_id=OuterRef("pk"))
        return self.exclude(outcome=DoseOutcome.VOID).filter(~Exists(voided))

    def taken(self) -> Self:
        return self.filter(outcome__in=[DoseOutcome.GIVEN, DoseOutcome.TAKE_HOME])

    def at_home(self, today: date) -> Self:
        """Handed out for `today` or later: what can be counted. Voided rows are not asked for here."""
        return self.filter(outcome=DoseOutcome.TAKE_HOME, dose_date__gte=today)


class DoseRecord(PatientRecord):
    """One line of the ledger: `amount_mg` of `product` for `dose_date`, or that it was missed."""

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
    dose_date = models.DateField("for the day")
    outcome = models.CharField("outcome", max_length=10, choices=DoseOutcome.choices)
    product = models.CharField("product", max_length=30, choices=Product.choices)
    amount_mg = models.DecimalField("amount (mg)", max_digits=7, decimal_places=2, null=True)
    portion = models.PositiveSmallIntegerField(
        "portion",
        default=1,
        help_text="1 unless the day's dose is split (42 CFR 8.2, split dosing).",
    )
    correction = models.PositiveSmallIntegerField(
        "correction", default=0, help_text="How many voided rows this one stands after."
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
            # Two nurses cannot both give today's dose: the second insert fails here. By person, for
            # who is in two programs swallows both doses.
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
            # For somebody who works at many sites: reading in order beats sorting all of theirs.
            models.Index(fields=["-dose_date", "-id"], name="dose_newest"),
            # Few among many daily doses: what reminders look for each minute.
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


#: So far ahead at most somebody is called back: a warning of a week would be none.
LONGEST_NOTICE = timedelta(days=7)
#: Waited for, or did not come: what a person must know of once the moment has passed.
NOT_COUNTED = ("", CallBackOutcome.DID_NOT_COME)


class CallBackQuerySet(LinkedQuerySet["CallBack"]):
    seen_with = Right.SEE_DOSES
    site_path = "site_id"

    def waited_for(self) -> Self:
        """Called back, and nothing is written of it yet."""
        return self.filter(outcome="")

    def not_counted(self) -> Self:
        return self.filter(outcome__in=NOT_COUNTED)


class CallBack(PatientRecord):
    """Called to bring the doses taken home back for counting. Triggers let it be answered, once."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("due_at", "outcome", "missing", "note")
    ORDER: ClassVar[tuple[str, ...]] = ("-asked_at", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="call_backs")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("called back at")
    asked_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name="called back by"
    )
    due_at = models.DateTimeField("expected by")
    outcome = models.CharField(
        "what came of it", max_length=12, choices=CallBackOutcome.choices, blank=True
    )
    missing = models.PositiveSmallIntegerField("doses missing or opened", null=True, blank=True)
    counted_at = models.DateTimeField("written at", null=True, blank=True)
    counted_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="written by"
    )
    note = EncryptedCharField("note", max_length=300, blank=True)

    objects = CallBackQuerySet.as_manager()

    class Meta:
        verbose_name = "call-back"
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(outcome=""), name="call_back_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("asked_at"), due_at__lte=F("asked_at") + LONGEST_NOTICE),
                name="call_back_is_soon",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", counted_at__isnull=True, counted_by__isnull=True)
                | Q(
                    outcome__in=CallBackOutcome.values,
                    counted_at__isnull=False,
                    counted_by__isnull=False,
                    counted_at__gte=F("asked_at"),
                ),
                name="call_back_counted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(outcome=CallBackOutcome.MISSING, missing__gte=1, missing__isnull=False)
                | (~Q(outcome=CallBackOutcome.MISSING) & Q(missing__isnull=True)),
                name="call_back_says_how_many_are_missing",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=CallBackOutcome.DID_NOT_COME) | Q(counted_at__gte=F("due_at")),
                name="call_back_is_waited_for",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-asked_at", "-id"], name="call_back_of_patient"),
            models.Index(fields=["site", "-asked_at", "-id"], name="call_back_at_site"),
            models.Index(fields=["-asked_at", "-id"], name="call_back_newest"),
            # What reminders and follow-ups look for each minute.
            models.Index(
                fields=["due_at"], condition=Q(outcome__in=NOT_COUNTED), name="call_back_due"
            ),
        ]

    def __str__(self) -> str:
        return f"Call-back, {self.get_outcome_display().lower() or 'waited for'}"


class NaloxoneQuerySet(ClinicalQuerySet["NaloxoneOffer"]):
    site_path = "site_id"

    def latest_given(self) -> Self:
        """Kits after which the same patient was given or offered none."""
        later = NaloxoneOffer.objects.filter(patient=OuterRef("patient")).filter(
            Q(offered_date__gt=OuterRef("offered_date"))
            | Q(offered_date=OuterRef("offered_date"), pk__gt=OuterRef("pk"))
        )
        return self.filter(~Exists(later), answer=NaloxoneAnswer.GIVEN)


class NaloxoneOffer(PatientRecord):
    """A naloxone kit that was given, or offered and declined. The latest of a patient holds."""

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
    answer = models.CharField("answer", max_length=8, choices=NaloxoneAnswer.choices)
    offered_date = models.DateField("on")
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="by")
    product = models.CharField(
        "product", max_length=12, choices=NaloxoneProduct.choices, blank=True
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
            # What reminders look for each minute.
            models.Index(
                fields=["expires_date"],
                condition=Q(answer=NaloxoneAnswer.GIVEN),
                name="naloxone_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"Naloxone {self.get_answer_display().lower()}, {self.offered_date:%-d %b %Y}"
