"""What is to be sent, what was sent, and when the jobs last ran. The table is the memory."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.enums import Right
from access.noticing import PatientRecord
from patients.models import ContactPoint, LinkedQuerySet, Patient
from reminders.enums import Channel, ReminderStatus, SkipReason, Step, Subject
from vault.fields import EncryptedCharField, EncryptedTextField


class ReminderQuerySet(LinkedQuerySet["Reminder"]):
    seen_with = Right.SEE_REMINDERS
    site_path = "site_id"


class Reminder(PatientRecord):
    """One message at most per subject, step, channel and version of the subject."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("due_at", "body")
    ORDER: ClassVar[tuple[str, ...]] = ("-due_at", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="reminders")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="reminders")
    contact_point = models.ForeignKey(ContactPoint, models.PROTECT, related_name="reminders")
    subject_kind = models.CharField("about", max_length=20, choices=Subject.choices)
    subject_id = models.BigIntegerField("subject id")
    subject_version = models.PositiveIntegerField("version of the subject")
    step = models.CharField("step", max_length=20, choices=Step.choices)
    channel = models.CharField("channel", max_length=10, choices=Channel.choices)
    due_at = models.DateTimeField("due")
    status = models.CharField(
        "status", max_length=10, choices=ReminderStatus.choices, default=ReminderStatus.DUE
    )
    claimed_at = models.DateTimeField("claimed at", null=True, blank=True)
    handed_over_at = models.DateTimeField("handed to the gateway at", null=True, blank=True)
    finished_at = models.DateTimeField("finished at", null=True, blank=True)
    skip_reason = models.CharField(
        "why not sent", max_length=20, choices=SkipReason.choices, blank=True
    )
    failure = EncryptedCharField("what the gateway said", max_length=300, blank=True)
    gateway_reference = models.CharField("gateway's reference", max_length=100, blank=True)
    body = EncryptedTextField("text", blank=True)
    attempts = models.PositiveSmallIntegerField("attempts", default=0)
    asked_again = models.PositiveSmallIntegerField("times somebody sent it again", default=0)

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
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(status=ReminderStatus.DUE), name="reminder_due"
            ),
            models.Index(
                fields=["claimed_at"],
                condition=Q(status=ReminderStatus.CLAIMED),
                name="reminder_claimed",
            ),
            models.Index(fields=["site", "-due_at", "-id"], name="reminder_newest_at_site"),
            # For somebody who works at many sites: reading in order beats sorting all of theirs.
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
    def key(self) -> str:
        """What a gateway knows it by: the same at every try, until a person asks for another one."""
        return f"{self.pk}-{self.asked_again + 1}"


class JobRun(models.Model):
    """When a named job last ran and what it did; heartbeats of beat and worker, too."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    name = models.CharField("job", max_length=60, unique=True)
    started_at = models.DateTimeField("last started", null=True)
    finished_at = models.DateTimeField("last finished", null=True)
    counts = models.JSONField("what it did", default=dict)
    failure = models.CharField("last failure", max_length=300, blank=True)

    class Meta:
        verbose_name = "job run"

    def __str__(self) -> str:
        return self.name
