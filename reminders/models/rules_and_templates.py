"""Models of what a clinic sets: reminder rules and message templates.

Where there is no row the shipped ones hold (reminders/reminder_rules.py,
reminders/message_templates.py).
"""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from access.actor import Actor
from access.authz.policy import has_permission
from access.enums import Permission
from appointments.models import AppointmentType
from common.models import Recorded
from reminders.enums import Channel, Language, Step, Subject, TemplateKind

Row = TypeVar("Row", bound=models.Model)


class SetUpQuerySet(models.QuerySet[Row]):
    """Rows of the whole clinic, visible only to users who may set up reminders."""

    def visible_to(self, user: Actor) -> Self:
        return self.all() if has_permission(user, Permission.SET_UP_REMINDERS) else self.none()


class ReminderRule(Recorded):
    """Whether and how a step of a subject is sent, for one visit type or for all others."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    subject_kind = models.CharField("about", max_length=20, choices=Subject.as_choices)
    appointment_type = models.ForeignKey(
        AppointmentType,
        models.PROTECT,
        related_name="reminder_rules",
        null=True,
        blank=True,
        verbose_name="visit type",
    )
    step = models.CharField("when", max_length=20, choices=Step.as_choices)
    by_sms = models.BooleanField("by text", default=True)
    by_email = models.BooleanField("by e-mail", default=True)
    is_active = models.BooleanField("on", default=True)

    objects = SetUpQuerySet["ReminderRule"].as_manager()

    class Meta:
        verbose_name = "reminder rule"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "appointment_type", "step"],
                nulls_distinct=False,
                name="reminder_rule_once",
            ),
            models.CheckConstraint(
                condition=Q(appointment_type__isnull=True) | Q(subject_kind=Subject.APPOINTMENT),
                name="reminder_rule_of_a_type_is_of_visits",
            ),
            models.CheckConstraint(
                condition=Q(subject_kind__in=Subject.values, step__in=Step.values),
                name="reminder_rule_known_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_kind_display()}, {self.get_step_display()}"

    @property
    def channels(self) -> frozenset[str]:
        chosen = {Channel.SMS: self.by_sms, Channel.EMAIL: self.by_email}
        return frozenset(channel for channel, wanted in chosen.items() if wanted)


class MessageText(Recorded):
    """The clinic's own template in place of a shipped one. It is checked before it is saved."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    kind = models.CharField("when", max_length=20, choices=TemplateKind.as_choices)
    language = models.CharField("language", max_length=10, choices=Language.as_choices)
    channel = models.CharField("channel", max_length=10, choices=Channel.as_choices)
    text = models.CharField("text", max_length=300)

    objects = SetUpQuerySet["MessageText"].as_manager()

    class Meta:
        verbose_name = "message template"
        verbose_name_plural = "message templates"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "channel"], name="message_text_once"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="message_text_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_language_display()}, {self.get_channel_display()}"
