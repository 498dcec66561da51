"""Models for sites, staff accounts and the roles that staff hold at sites."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Site(models.Model):
    """One location of the clinic; its time zone decides which day it is there."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    code = models.SlugField("code", max_length=40, unique=True)
    name = models.CharField("name", max_length=200)
    neutral_name = models.CharField(
        "name in messages",
        max_length=60,
        help_text="Must not reveal what kind of clinic this is, because patients' phones may be shared.",
    )
    phone = models.CharField("phone", max_length=40, blank=True)
    address = models.CharField("address", max_length=300, blank=True)
    time_zone = models.CharField("time zone", max_length=64, default="America/New_York")

    class Meta:
        verbose_name = "site"

    def __str__(self) -> str:
        return self.name
