"""Models of pending restriction requests, and of the end of a restriction.

Rows are only added.
"""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from access.enums import Permission
from access.models import Site, User
from access.row_tracking import PatientRecord
from patients.enums import RestrictionEndGround
from patients.models.consents import check, says_something
from patients.models.disclosures import RestrictionRequest
from patients.models.people import LinkedQuerySet, Patient
from vault.encrypted_fields import EncryptedCharField


class PendingRestrictionQuerySet(LinkedQuerySet["PendingRestriction"]):
    seen_with = Permission.SEE_CONSENTS
    site_path = "site_id"

    def waiting(self) -> Self:
        """Requests that are not decided yet."""
        return self.filter(restriction__isnull=True)


class PendingRestriction(PatientRecord):
    """A patient's request at the front desk that another staff member decides.

    It is decided once a RestrictionRequest refers to it.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("request",)
    ORDER: ClassVar[tuple[str, ...]] = ("asked_date", "id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="restriction_wishes")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    asked_date = models.DateField("requested on")
    request = EncryptedCharField("request", max_length=500)
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = PendingRestrictionQuerySet.as_manager()

    class Meta:
        db_table = "patients_restrictionwish"
        verbose_name = "undecided restriction request"
        verbose_name_plural = "undecided restriction requests"
        constraints = [check("restriction_wish_says_what", says_something("request"))]
        indexes = [
            models.Index(
                fields=["patient", "asked_date", "id"], name="restriction_wish_of_patient"
            ),
            models.Index(fields=["site", "asked_date", "id"], name="restriction_wish_at_site"),
            models.Index(fields=["asked_date", "id"], name="restriction_wish_in_order"),
        ]

    @property
    def is_decided(self) -> bool:
        return hasattr(self, "restriction")

    def __str__(self) -> str:
        return f"Asked {self.asked_date:%-d %b %Y}"


class RestrictionEndQuerySet(LinkedQuerySet["RestrictionEnd"]):
    seen_with = Permission.SEE_CONSENTS
    site_path = "site_id"


class RestrictionEnd(PatientRecord):
    """The end of an agreed restriction that the patient lifted; from then on it has no effect."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("words",)
    ORDER: ClassVar[tuple[str, ...]] = ("-ended_at", "-id")

    restriction = models.OneToOneField(RestrictionRequest, models.PROTECT, related_name="end")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    ground = models.CharField("how", max_length=20, choices=RestrictionEndGround.as_choices)
    words = EncryptedCharField("patient's statement", max_length=500)
    ended_at = models.DateTimeField("ended at")
    ended_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = RestrictionEndQuerySet.as_manager()

    class Meta:
        verbose_name = "end of a restriction"
        verbose_name_plural = "ends of restrictions"
        constraints = [
            check("restriction_end_says_how", says_something("words")),
            check("restriction_end_known_ground", Q(ground__in=RestrictionEndGround.values)),
        ]
        indexes = [
            models.Index(fields=["-ended_at", "-id"], name="restriction_end_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_ground_display()}, {self.ended_at:%-d %b %Y}"
