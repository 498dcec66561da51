"""Model of call-backs: requests to bring take-home bottles in for a count."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from access.enums import Permission
from access.models import User
from access.row_tracking import PatientRecord
from dispensary.enums import CallBackOutcome
from patients.models import LinkedQuerySet, Patient
from vault.encrypted_fields import EncryptedCharField

#: A call-back is due at most this far ahead; a longer warning would defeat its purpose.
LONGEST_NOTICE = timedelta(days=7)


#: Outcomes that need follow-up after the due time: none yet, or the patient did not come.
NOT_COUNTED = ("", CallBackOutcome.DID_NOT_COME)


class CallBackQuerySet(LinkedQuerySet["CallBack"]):
    seen_with = Permission.SEE_DOSES
    site_path = "site_id"

    def waited_for(self) -> Self:
        """Call-backs without an outcome yet."""
        return self.filter(outcome="")

    def not_counted(self) -> Self:
        return self.filter(outcome__in=NOT_COUNTED)


class CallBack(PatientRecord):
    """A patient was asked to bring take-home doses for a count; triggers allow one outcome."""

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
        "result", max_length=12, choices=CallBackOutcome.as_choices, blank=True
    )
    missing = models.PositiveSmallIntegerField("doses missing or opened", null=True, blank=True)
    counted_at = models.DateTimeField("counted at", null=True, blank=True)
    counted_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="counted by"
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
            # Reminders and follow-ups search by it each minute.
            models.Index(
                fields=["due_at"], condition=Q(outcome__in=NOT_COUNTED), name="call_back_due"
            ),
        ]

    def __str__(self) -> str:
        return f"Call-back, {self.get_outcome_display().lower() or 'open'}"
