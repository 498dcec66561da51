"""Models of texts from patients, and of numbers from which STOP was texted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from access.actor import Actor
from access.authz.policy import access_scope
from access.enums import AccessBasis, Permission
from access.models import User
from access.row_tracking import PatientRecord, RowRule
from patients.models import LinkedQuerySet, Patient
from reminders.enums import ReplyIntent
from vault.encrypted_fields import (
    EncryptedCharField,
    EncryptedTextField,
)


class IncomingTextQuerySet(LinkedQuerySet["IncomingText"]):
    """A text is visible with its patient; one without a patient, to all users who answer texts."""

    seen_with = Permission.FOLLOW_UP
    site_path = "patient__site_id"

    def visible_to(self, user: Actor) -> Self:
        within = access_scope(user, self.seen_with)
        theirs = within.condition(self.site_path, self.patient_path)
        if within.sites or within.patients:
            theirs |= Q(patient__isnull=True)
        return self.filter(theirs)

    def to_read(self) -> Self:
        return self.filter(IncomingText.WAITING)


class IncomingText(PatientRecord):
    """One incoming text, identified by the gateway's reference; a repeated one changes nothing."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("number", "text", "meaning", "note")
    ORDER: ClassVar[tuple[str, ...]] = ("-received_at", "-id")
    WAITING: ClassVar[Q] = Q(needs_person=True, closed_at__isnull=True)

    gateway_reference = models.CharField("gateway's reference", max_length=64, unique=True)
    patient = models.ForeignKey(
        Patient, models.PROTECT, related_name="incoming_texts", null=True, blank=True
    )
    reminder = models.ForeignKey(
        "reminders.Reminder", models.PROTECT, related_name="answers", null=True, blank=True
    )
    number = EncryptedCharField("from", max_length=40)
    text = EncryptedTextField("text", blank=True)
    received_at = models.DateTimeField("received at")
    meaning = models.CharField("meaning", max_length=12, choices=ReplyIntent.as_choices)
    needs_person = models.BooleanField("needs a staff member", default=False)
    closed_at = models.DateTimeField("closed at", null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="closed by"
    )
    note = EncryptedCharField("note", max_length=300, blank=True)

    objects = IncomingTextQuerySet.as_manager()

    class Meta:
        verbose_name = "incoming text"
        constraints = [
            models.CheckConstraint(
                condition=Q(meaning__in=ReplyIntent.values), name="incoming_text_known_meaning"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="incoming_text_closed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="incoming_text_newest"),
            models.Index(
                fields=["-received_at", "-id"],
                condition=Q(needs_person=True, closed_at__isnull=True),
                name="incoming_text_to_read",
            ),
            models.Index(fields=["patient", "-received_at"], name="incoming_text_of_patient"),
        ]

    def __str__(self) -> str:
        return f"Incoming text, {self.get_meaning_display().lower()}"

    @classmethod
    def row_rule_for(cls, user: Actor) -> RowRule:
        within = access_scope(user, Permission.FOLLOW_UP)

        def judge(row: Mapping[str, Any], site_id: int | None) -> AccessBasis | None:
            if row.get("patient_id") is None:
                return AccessBasis.SITE if within.sites else None
            return within.ground(site_id, row.get("patient_id"))

        return judge
