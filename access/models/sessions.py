"""Model for sessions of staff members."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.models.users import User


class StaffSession(models.Model):
    """Says which staff member signed in with which browser; the session itself is Django's."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ("browser", "origin")

    user = models.ForeignKey(User, models.CASCADE, related_name="staff_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    began_at = models.DateTimeField("signed in at")
    origin = models.GenericIPAddressField("address", null=True, blank=True)
    browser = models.CharField("browser", max_length=60, blank=True)

    class Meta:
        verbose_name = "session"

    def __str__(self) -> str:
        return f"{self.user}, {self.began_at:%-d %b %Y, %H:%M}"
