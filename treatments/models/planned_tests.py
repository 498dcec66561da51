"""Model of future drug tests, planned or drawn at random."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from access.models import Site, User
from access.row_tracking import PatientRecord
from common.time_zones import day_of
from patients.models import ClinicalQuerySet, Patient
from treatments.models.drug_tests import DrugTest
from vault.encrypted_fields import EncryptedCharField


class PlannedTestQuerySet(ClinicalQuerySet["PlannedTest"]):
    site_path = "site_id"

    def in_force(self) -> Self:
        """Tests that were not called off, whether taken or not."""
        return self.filter(called_off_at__isnull=True)

    def waited_for(self) -> Self:
        """Tests that were neither taken nor called off; they may be overdue."""
        return self.filter(test__isnull=True, called_off_at__isnull=True)

    def come_due(self, *, now: datetime, since: timedelta) -> Self:
        """Tests due today at their site, or up to `since` earlier."""
        of_the_day = Q(pk__in=())
        for zone, today in _dates_by_zone(now):
            of_the_day |= Q(site__time_zone=zone, due_date__range=(today - since, today))
        return self.filter(of_the_day)

    def told(self, *, now: datetime) -> Self:
        """Leave out random tests of future days, which no page or API may show before their day."""
        ahead = Q(pk__in=())
        for zone, today in _dates_by_zone(now):
            ahead |= Q(site__time_zone=zone, due_date__gt=today)
        return self.exclude(ahead, is_random=True, test__isnull=True, called_off_at__isnull=True)


def _dates_by_zone(now: datetime) -> list[tuple[str, date]]:
    zones = Site.objects.order_by().values_list("time_zone", flat=True).distinct()
    return [(zone, day_of(now, zone)) for zone in zones]


class PlannedTest(PatientRecord):
    """A drug test to be taken on a day.

    Triggers allow it to end once: taken, or called off for a reason. A foreign key of the migration
    allows it to be settled only by a test of the same patient, and a drawn test only by one that
    was recorded as random.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("due_date", "is_random", "reason")
    ORDER: ClassVar[tuple[str, ...]] = ("-due_date", "-id")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="planned_tests")
    site = models.ForeignKey("access.Site", models.PROTECT, related_name="+")
    due_date = models.DateField("test date")
    is_random = models.BooleanField("random", help_text="Random test: shown only on its day.")
    planned_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name="planned by"
    )
    test = models.OneToOneField(
        DrugTest, models.PROTECT, related_name="planned", null=True, blank=True
    )
    called_off_at = models.DateTimeField("canceled at", null=True, blank=True)
    called_off_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="canceled by"
    )
    reason = EncryptedCharField("cancel reason", max_length=300, blank=True)

    objects = PlannedTestQuerySet.as_manager()

    class Meta:
        verbose_name = "planned test"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "due_date"],
                condition=Q(called_off_at__isnull=True),
                name="planned_test_one_a_day",
            ),
            models.CheckConstraint(
                condition=Q(called_off_at__isnull=True, called_off_by__isnull=True, reason="")
                | (
                    Q(called_off_at__isnull=False, called_off_by__isnull=False, test__isnull=True)
                    & ~Q(reason="")
                ),
                name="planned_test_called_off_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-due_date", "-id"], name="planned_test_of_patient"),
            models.Index(fields=["site", "-due_date", "-id"], name="planned_test_at_site"),
            models.Index(fields=["-due_date", "-id"], name="planned_test_newest"),
            # Reminders, follow-ups and the page of the day search by it.
            models.Index(
                fields=["due_date"],
                condition=Q(test__isnull=True, called_off_at__isnull=True),
                name="planned_test_waited_for",
            ),
        ]

    def __str__(self) -> str:
        return "Random test" if self.is_random else "Planned test"

    def is_told(self, today: date) -> bool:
        """Same condition as the queryset's `told`, for this row; `today` is the date at its site."""
        return not (self.is_random and self.is_waited_for and self.due_date > today)

    @property
    def is_waited_for(self) -> bool:
        return self.test_id is None and self.called_off_at is None
