"""Models of programs and episodes of care."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.models import Site


class Program(models.Model):
    """A program that admits patients at a site, such as an opioid treatment program or a study.

    Office-based treatment is a program, too.
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    site = models.ForeignKey(Site, models.PROTECT, related_name="programs")
    code = models.SlugField("code", max_length=40)
    name = models.CharField("name", max_length=200)
    is_active = models.BooleanField("admits patients", default=True)

    class Meta:
        verbose_name = "program"
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="program_code_once_per_site"),
        ]

    def __str__(self) -> str:
        return self.name
