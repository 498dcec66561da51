"""Models of job runs, heartbeats and gateway rate limits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from reminders.enums import Channel


class JobRun(models.Model):
    """Last run of a named job and what it did; also heartbeats of beat and worker."""

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    name = models.CharField("job", max_length=60, unique=True)
    started_at = models.DateTimeField("last started", null=True)
    finished_at = models.DateTimeField("last finished", null=True)
    counts = models.JSONField("counts", default=dict)
    failure = models.CharField("last failure", max_length=300, blank=True)

    class Meta:
        verbose_name = "job run"

    def __str__(self) -> str:
        return self.name


class GatewayRateLimit(models.Model):
    """When a gateway may get the next message, for all workers together.

    Read and written by one statement (reminders/rate_limit.py).
    """

    PERSONAL_FIELDS: ClassVar[tuple[str, ...]] = ()

    channel = models.CharField(
        "channel", max_length=10, choices=Channel.as_choices, primary_key=True
    )
    next_at = models.DateTimeField("next message from")

    class Meta:
        db_table = "reminders_gatewaypace"
        verbose_name = "gateway's pace"

    def __str__(self) -> str:
        return self.channel
