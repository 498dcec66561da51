"""Abstract base models shared by all apps."""

from django.db import models


class Recorded(models.Model):
    """Base model with the time of recording; `recorded_at` is passed in, never read from the clock.
    """

    recorded_at = models.DateTimeField("recorded at", editable=False)

    class Meta:
        abstract = True
