"""Words of the dose ledger."""

from django.db import models


class DoseOutcome(models.TextChoices):
    GIVEN = "given", "Given under observation"
    TAKE_HOME = "take_home", "Taken home"
    MISSED = "missed", "Missed"
    VOID = "void", "Voids an earlier row"


class CallBackOutcome(models.TextChoices):
    """What came of calling somebody back with the bottles taken home."""

    ALL_THERE = "all_there", "All there and sealed"
    MISSING = "missing", "Doses missing or opened"
    DID_NOT_COME = "did_not_come", "Did not come"
    CALLED_OFF = "called_off", "Called off"
