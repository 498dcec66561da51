"""Abstract base models shared by all apps."""

from django.db import models


class Recorded(models.Model):
    """Base model with the time of recording, which callers pass in; no clock is read here."""

    recorded_at = models.DateTimeField("recorded at", editable=False)

    class Meta:
        abstract = True
