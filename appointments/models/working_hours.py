"""Models of working hours, extra hours, time away and closures; no patient data.

Hours are clock times of the site, so a clock change does not move them. A clock time that the night
of the change skips counts as that much later; one that comes twice is the first of the two (RFC
5545, 3.3.5, and `common.time_zones.moment_of`).
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from access.models import Site, User
from appointments.enums import AwayReason, Weekday


class WorkingHours(models.Model):
    """Weekly hours of a practitioner at a site, on one weekday.

    An exclusion constraint in a migration refuses hours at two places at once.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[tuple[str, ...]] = ("id",)

    practitioner = models.ForeignKey(User, models.PROTECT, related_name="working_hours")
    site = models.ForeignKey(Site, models.PROTECT, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField("weekday", choices=Weekday.as_choices)
    starts_time = models.TimeField("from")
    ends_time = models.TimeField("to")
    from_date = models.DateField("first day")
    until_date = models.DateField(
        "until",
        null=True,
        blank=True,
        help_text="The first day on which the hours no longer apply.",
    )

    class Meta:
        verbose_name = "working hours"
        verbose_name_plural = "working hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_time__gt=F("starts_time")), name="working_hours_have_length"
            ),
            models.CheckConstraint(
                condition=Q(until_date__isnull=True) | Q(until_date__gt=F("from_date")),
                name="working_hours_end_after_they_begin",
            ),
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values), name="working_hours_known_weekday"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "practitioner", "weekday"], name="working_hours_at_site")
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts_time:%H:%M}–{self.ends_time:%H:%M}"


class ExtraHours(models.Model):
    """Hours of one day, besides the weekly ones."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[tuple[str, ...]] = ("id",)

    practitioner = models.ForeignKey(User, models.PROTECT, related_name="extra_hours")
    site = models.ForeignKey(Site, models.PROTECT, related_name="extra_hours")
    on_date = models.DateField("day")
    starts_time = models.TimeField("from")
    ends_time = models.TimeField("to")

    class Meta:
        verbose_name = "extra hours"
        verbose_name_plural = "extra hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_time__gt=F("starts_time")), name="extra_hours_have_length"
            ),
            models.UniqueConstraint(
                fields=["practitioner", "on_date", "starts_time"], name="extra_hours_once"
            ),
        ]
        indexes = [models.Index(fields=["site", "on_date"], name="extra_hours_at_site")]

    def __str__(self) -> str:
        return f"{self.on_date:%-d %b %Y} {self.starts_time:%H:%M}–{self.ends_time:%H:%M}"


class TimeAway(models.Model):
    """A half-open time in which a practitioner is at no site."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[tuple[str, ...]] = ("starts_at", "id")

    practitioner = models.ForeignKey(User, models.PROTECT, related_name="times_away")
    starts_at = models.DateTimeField("from")
    ends_at = models.DateTimeField("until")
    reason = models.CharField("why", max_length=10, choices=AwayReason.as_choices)

    class Meta:
        verbose_name = "time away"
        verbose_name_plural = "times away"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="time_away_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=AwayReason.values), name="time_away_known_reason"
            ),
            ExclusionConstraint(
                name="time_away_does_not_overlap",
                expressions=[
                    ("practitioner", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            Value("[)"),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["starts_at", "id"], name="time_away_in_order")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} of {self.practitioner}"


class Closure(models.Model):
    """Days on which a site is closed: from the first to the day before `until_date`."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[tuple[str, ...]] = ("from_date", "id")

    site = models.ForeignKey(Site, models.PROTECT, related_name="closures")
    from_date = models.DateField("first day")
    until_date = models.DateField("open again on")
    name = models.CharField("name", max_length=100)

    class Meta:
        verbose_name = "closure"
        constraints = [
            models.CheckConstraint(
                condition=Q(until_date__gt=F("from_date")), name="closure_has_days"
            ),
            models.UniqueConstraint(fields=["site", "from_date", "name"], name="closure_once"),
        ]
        indexes = [models.Index(fields=["from_date", "id"], name="closure_in_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def days(self) -> int:
        return (self.until_date - self.from_date).days
