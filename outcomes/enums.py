"""Enums and labels of outcome reports."""

from common.choices import TextChoices
from patients.enums import DischargeReason


class Measure(TextChoices):
    """How time in treatment is measured."""

    COVERAGE = "coverage", "Covered by treatment"
    EPISODE = "episode", "Episode of care open"


class Grouping(TextChoices):
    """Which groups are compared; the first signed plan decides, later versions do not."""

    MEDICATION = "medication", "Medication"
    ARM = "arm", "Arm of the plan"
    SITE = "site", "Site"
    PROGRAM = "program", "Program"


class Ending(TextChoices):
    """How the observation of one episode ended. Only `departed` is an event; the others censor."""

    DEPARTED = "departed", "Left treatment"
    IN_CARE = "in_care", "Still in treatment"
    ADMINISTRATIVE = "administrative", "Ended for an administrative reason"
    NO_PLAN = "no_plan", "No signed plan"


#: Discharges for these reasons do not show whether the patient would have stayed.
ADMINISTRATIVE_ENDS = (
    DischargeReason.COMPLETED,
    DischargeReason.TRANSFERRED,
    DischargeReason.STUDY_ENDED,
)

ARM_LABELS = {
    "medication": "Medication only",
    "behavioural": "Behavioral only",
    "both": "Medication and behavioral",
    "none": "No intervention",
}
NO_PLAN_LABEL = "No signed plan"
NO_MEDICATION_LABEL = "No medication"
