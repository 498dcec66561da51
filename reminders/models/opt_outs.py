"""Models of texts from patients, and of numbers from which STOP was texted."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from common.models import Recorded
from patients.identity import reach_key
from vault.encrypted_fields import (
    BlindIndexField,
    EncryptedCharField,
    hash_field,
)


class OptedOutQuerySet(models.QuerySet["OptedOutNumber"]):
    def of_number(self, number: str) -> Self:
        return self.filter(number_hash__in=hash_field(self.model, "number_hash").hashes(number))

    def in_force(self) -> Self:
        return self.filter(ended_at__isnull=True)


class OptedOutNumber(Recorded):
    """A number from which STOP was texted.

    No text goes there, whichever patient it belongs to, until START is texted from it.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("number",)

    number = EncryptedCharField("number", max_length=40)
    number_hash = BlindIndexField(of="number", normal=reach_key)
    ended_at = models.DateTimeField("START was texted at", null=True, blank=True)

    objects = OptedOutQuerySet.as_manager()

    class Meta:
        db_table = "reminders_stoppednumber"
        verbose_name = "stopped number"
        constraints = [
            models.UniqueConstraint(
                fields=["number_hash"],
                condition=Q(ended_at__isnull=True),
                name="stopped_number_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Stopped number {self.pk}"
