"""Model of message preferences: channels, contact points, hours, name and pauses."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from access.row_tracking import PatientRecord
from patients.models import ContactPoint, Patient
from patients.models.people import IdentityQuerySet
from reminders.enums import Channel
from vault.encrypted_fields import EncryptedCharField

#: No message is sent outside these hours of the patient's time zone (47 CFR 64.1200(c)(1)).
EARLIEST, LATEST = time(8), time(21)
#: Limited so that a text has space for the clinic's name.
LONGEST_ALIAS = 20


class MessagePreferences(PatientRecord):
    """At most one row for each patient; without one, all that the contact points allow holds."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = (
        "by_sms",
        "by_email",
        "phone",
        "email",
        "from_time",
        "until_time",
        "time_zone",
        "alias",
        "paused_until",
    )

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="message_wishes")
    by_sms = models.BooleanField("text messages", default=True)
    by_email = models.BooleanField("e-mails", default=True)
    phone = models.ForeignKey(
        ContactPoint,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="texts to this number only",
    )
    email = models.ForeignKey(
        ContactPoint,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="e-mails to this address only",
    )
    from_time = models.TimeField("not before", default=EARLIEST)
    until_time = models.TimeField("not after", default=LATEST)
    time_zone = models.CharField(
        "time zone", max_length=64, blank=True, help_text="If empty: the time zone of the site."
    )
    alias = EncryptedCharField(
        "name in messages",
        max_length=LONGEST_ALIAS,
        blank=True,
        help_text="If empty: messages use no name.",
    )
    paused_until = models.DateField("no messages until", null=True, blank=True)

    objects = IdentityQuerySet["MessagePreferences"].as_manager()

    class Meta:
        db_table = "reminders_messagewishes"
        verbose_name = "message preferences"
        verbose_name_plural = "message preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    from_time__gte=EARLIEST,
                    until_time__lte=LATEST,
                    until_time__gt=F("from_time"),
                ),
                name="wishes_within_waking_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"Message preferences, record {self.patient_id}"

    def wants(self, channel: str) -> bool:
        return self.by_sms if channel == Channel.SMS else self.by_email

    def only_point(self, channel: str) -> int | None:
        """Return the id of the one contact point that a channel may use; None if any allowed one."""
        return self.phone_id if channel == Channel.SMS else self.email_id
