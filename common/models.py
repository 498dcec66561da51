"""What every table has."""

from django.db import models


class Recorded(models.Model):
    """A row that knows when it was written. `recorded_at` is passed in, never taken from the wall."""

    recorded_at = models.DateTimeField("recorded at", editable=False)

    class Meta:
        abstract = True
