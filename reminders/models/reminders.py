"""Model of reminders, due and sent. Planning and sending keep no other state."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.enums import Permission
from patients.models import ContactPoint, Patient
from reminders.enums import (
    REMEDIES,
    Channel,
    Delivery,
    ReminderStatus,
    SkipReason,
    Step,
    Subject,
)
from reminders.models.subject_rows import JudgedByKind, RowsByKind
from reminders.subjects import SUBJECT_PERMISSIONS
from vault.encrypted_fields import EncryptedCharField, EncryptedTextField


class ReminderQuerySet(RowsByKind["Reminder"]):
    seen_with = Permission.SEE_REMINDERS
    site_path = "site_id"
    kind_field = "subject_kind"
    kind_rights = SUBJECT_PERMISSIONS


class Reminder(JudgedByKind):
    """One message; at most one for each subject, step, channel and version of the subject."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("due_at", "body")
    ORDER: ClassVar[tuple[str, ...]] = ("-due_at", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="reminders")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="reminders")
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, related_name="reminders")
    subject_kind = models.CharField("about", max_length=20, choices=Subject.as_choices)
    subject_id = models.BigIntegerField("subject id")
    subject_version = models.PositiveIntegerField("subject version")
    step = models.CharField("step", max_length=20, choices=Step.as_choices)
    channel = models.CharField("channel", max_length=10, choices=Channel.as_choices)
    due_at = models.DateTimeField("due")
    status = models.CharField(
        "status", max_length=10, choices=ReminderStatus.as_choices, default=ReminderStatus.DUE
    )
    claimed_at = models.DateTimeField("claimed at", null=True, blank=True)
    handed_over_at = models.DateTimeField("sent to the gateway at", null=True, blank=True)
    finished_at = models.DateTimeField("finished at", null=True, blank=True)
    skip_reason = models.CharField(
        "skip reason", max_length=20, choices=SkipReason.as_choices, blank=True
    )
    failure = EncryptedCharField("gateway message", max_length=300, blank=True)
    gateway_reference = models.CharField("gateway's reference", max_length=100, blank=True)
    delivery = models.CharField("delivery", max_length=12, choices=Delivery.as_choices, blank=True)
    body = EncryptedTextField("text", blank=True)
    attempts = models.PositiveSmallIntegerField("attempts", default=0)
    asked_again = models.PositiveSmallIntegerField("times sent again by staff", default=0)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = "reminder"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "step", "channel", "subject_version"],
                name="reminder_once_per_step_and_channel",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ReminderStatus.values), name="reminder_known_status"
            ),
            models.CheckConstraint(
                condition=Q(status=ReminderStatus.SKIPPED, skip_reason__in=SkipReason.values)
                | (~Q(status=ReminderStatus.SKIPPED) & Q(skip_reason="")),
                name="reminder_skipped_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(delivery="") | Q(delivery__in=Delivery.values),
                name="reminder_known_delivery",
            ),
        ]
        indexes = [
            # For the last reminder sent to a number, which an incoming text from there answers.
            models.Index(fields=["contact_point", "-finished_at"], name="reminder_to_number"),
            models.Index(
                fields=["due_at"], condition=Q(status=ReminderStatus.DUE), name="reminder_due"
            ),
            models.Index(
                fields=["claimed_at"],
                condition=Q(status=ReminderStatus.CLAIMED),
                name="reminder_claimed",
            ),
            models.Index(fields=["site", "-due_at", "-id"], name="reminder_newest_at_site"),
            # For users at many sites: reading in order is faster than sorting the rows of all
            # sites.
            models.Index(fields=["-due_at", "-id"], name="reminder_newest"),
            models.Index(fields=["status", "-due_at", "-id"], name="reminder_by_status"),
            models.Index(
                fields=["site", "status", "-due_at", "-id"], name="reminder_at_site_by_status"
            ),
            models.Index(fields=["patient", "-due_at", "-id"], name="reminder_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} by {self.get_channel_display().lower()}"

    @property
    def remedy(self) -> str:
        """What staff can do about a reminder that was not sent."""
        return REMEDIES.get(self.skip_reason, "")

    @property
    def key(self) -> str:
        """The gateway's key for it: the same at every try, until staff ask for another message."""
        return f"{self.pk}-{self.asked_again + 1}"
