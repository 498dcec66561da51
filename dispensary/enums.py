"""Words of the dose ledger."""

from django.db import models


class DoseOutcome(models.TextChoices):
    GIVEN = "given", "Given under observation"
    TAKE_HOME = "take_home", "Taken home"
    MISSED = "missed", "Missed"
    VOID = "void", "Voids an earlier row"
