"""Model of calendar feeds.

A feed is opened by a secret that is shown once; only its keyed hash is stored, and it can be
revoked.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from access.models import User


class CalendarFeed(models.Model):
    """A user's own calendar for a phone: times and "Visit", without patients."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    user = models.ForeignKey(User, models.PROTECT, related_name="calendar_feeds")
    digest = models.CharField("keyed hash of the secret", max_length=64, unique=True)
    created_at = models.DateTimeField("made")
    revoked_at = models.DateTimeField("revoked", null=True, blank=True)
    last_used_at = models.DateTimeField("last used", null=True, blank=True)

    class Meta:
        verbose_name = "calendar feed"
        indexes = [models.Index(fields=["user", "id"], name="feed_of_user")]

    def __str__(self) -> str:
        return f"Calendar of {self.user}"
