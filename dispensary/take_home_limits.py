"""Limits of take-home doses. Defaults; a clinic may be stricter."""


def take_home_ceiling(treatment_day: int) -> int:
    """Most unsupervised methadone doses (days) at once, by treatment day: 42 CFR 8.12(i)(3).

    The admission date is treatment day 1. This is a limit, not an entitlement.
    """
    if treatment_day <= 14:
        return 7
    return 14 if treatment_day <= 30 else 28
