"""Rules for missed doses. Defaults; a clinic may be stricter."""

from datetime import date

#: Consecutive days without a methadone dose after which the usual dose is not given until a
#: prescriber has reviewed it (published clinic table; US rules set no number).
REVIEW_AFTER_MISSED_DAYS = 3


def missed_days(last_taken: date, dose_date: date) -> int:
    """Whole days without a dose between the last dose taken and `dose_date`."""
    return max(0, (dose_date - last_taken).days - 1)
