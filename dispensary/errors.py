"""Errors of actions on doses and call-backs."""

from common.errors import Conflict, InvalidInput


class DoseAlreadyRecorded(Conflict):
    code = "dose_already_recorded"
    message = "A dose is already recorded for this day, here or in another program."
    remedy = "Look at the ledger. If that record is wrong, correct it; it stays visible as voided."


class NoActiveOrder(InvalidInput):
    code = "no_active_order"
    message = "No signed plan orders this medication now."
    remedy = "Ask a prescriber to sign a plan that does."


class DoseDiffersFromOrder(InvalidInput):
    code = "dose_differs_from_order"
    message = "The amount is not what the signed plan orders."
    remedy = (
        "Give the ordered dose, or have the plan changed first. What was given by mistake is"
        " recorded by correcting the row."
    )


class AlreadyVoided(Conflict):
    code = "already_voided"
    message = "This row is already voided."


class DoseInFuture(InvalidInput):
    code = "dose_in_future"
    message = "A dose cannot be recorded before its day."


class TooSoon(Conflict):
    """The previous dose still has effect (label intervals: treatments/dosing.py)."""

    code = "dose_too_soon"
    message = "It is too soon after the dose before."
    remedy = "Look at the ledger. If the row before is wrong, correct it first."


class NotForHome(InvalidInput):
    code = "not_for_home"
    message = "An injection is given by staff and never taken home."


class NothingTakenHome(InvalidInput):
    code = "nothing_taken_home"
    message = "No dose that was handed out for today or later is with this patient."
    remedy = "Look at the ledger: there is nothing to count."


class AlreadyCalledBack(Conflict):
    code = "already_called_back"
    message = "This patient is called back already."
    remedy = "Count what they bring, or call that one off first."


class AlreadyCounted(Conflict):
    code = "already_counted"
    message = "What came of this is written down already."
    remedy = "Reload and look. Call the patient back once more if it must be counted again."


class MissedDosesNeedReview(Conflict):
    """Too many missed doses; 42 CFR sets no number, the clinic's table does (docs/clinical.md)."""

    code = "missed_doses_need_review"
    message = "Doses were missed on the days before: tolerance may be lost."
    remedy = "Do not give the usual dose. A prescriber reviews and signs a new plan version first."
