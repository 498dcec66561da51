"""Enums of doses, call-backs and naloxone kits."""

from common.choices import TextChoices


class DoseOutcome(TextChoices):
    GIVEN = "given", "Given under observation"
    TAKE_HOME = "take_home", "Taken home"
    MISSED = "missed", "Missed"
    VOID = "void", "Voids an earlier row"


class CallBackOutcome(TextChoices):
    """Outcome of a call-back of take-home bottles."""

    ALL_THERE = "all_there", "All doses present and sealed"
    MISSING = "missing", "Doses missing or opened"
    DID_NOT_COME = "did_not_come", "No-show"
    CALLED_OFF = "called_off", "Canceled"


class NaloxoneAnswer(TextChoices):
    """Answer to the offer of a naloxone kit."""

    GIVEN = "given", "Given"
    DECLINED = "declined", "Declined"


class NaloxoneProduct(TextChoices):
    NASAL_3_MG = "nasal_3_mg", "Nasal spray, 3 mg"
    NASAL_4_MG = "nasal_4_mg", "Nasal spray, 4 mg"
    NASAL_8_MG = "nasal_8_mg", "Nasal spray, 8 mg"
    INJECTED_VIAL = "im_0_4_mg_ml", "For injection, 0.4 mg/mL"
    INJECTED_5_MG = "im_5_mg", "For injection, 5 mg/0.5 mL"
