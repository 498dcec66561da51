"""Model of follow-ups: what staff must do, such as call after a miss or renew a consent."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from access.enums import Permission
from access.models import User
from patients.models import Patient
from reminders.enums import FOLLOW_UP_PERMISSIONS, FollowUpOutcome, FollowUpReason
from reminders.models.subject_rows import JudgedByKind, RowsByKind
from vault.encrypted_fields import EncryptedCharField


class FollowUpQuerySet(RowsByKind["FollowUp"]):
    seen_with = Permission.FOLLOW_UP
    site_path = "site_id"
    kind_field = "reason"
    kind_rights = FOLLOW_UP_PERMISSIONS

    def to_do(self) -> Self:
        return self.filter(done_at__isnull=True)


class FollowUp(JudgedByKind):
    """A task for staff; at most one for each reason, subject and version of the subject."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("reason", "due_date", "outcome", "note")
    ORDER: ClassVar[tuple[str, ...]] = ("due_date", "id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="follow_ups")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="follow_ups")
    reason = models.CharField("reason", max_length=20, choices=FollowUpReason.as_choices)
    subject_id = models.BigIntegerField("subject id")
    subject_version = models.PositiveIntegerField("subject version", default=1)
    due_date = models.DateField("due on")
    for_user = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="follow_ups",
        null=True,
        blank=True,
        verbose_name="assigned to",
    )
    done_at = models.DateTimeField("done at", null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="done by"
    )
    outcome = models.CharField(
        "result", max_length=20, choices=FollowUpOutcome.as_choices, blank=True
    )
    note = EncryptedCharField("note", max_length=300, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "follow-up"
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "subject_id", "subject_version"], name="follow_up_once"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=FollowUpReason.values), name="follow_up_known_reason"
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True, outcome="")
                | Q(
                    done_at__isnull=False,
                    done_by__isnull=False,
                    outcome__in=FollowUpOutcome.values,
                ),
                name="follow_up_done_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["due_date", "id"], name="follow_up_in_order"),
            models.Index(fields=["site", "due_date", "id"], name="follow_up_at_site"),
            models.Index(
                fields=["site", "due_date", "id"],
                condition=Q(done_at__isnull=True),
                name="follow_up_to_do",
            ),
            models.Index(fields=["patient", "due_date", "id"], name="follow_up_of_patient"),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()
