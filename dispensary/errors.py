"""Errors of actions on doses and call-backs."""

from common.errors import Conflict, InvalidInput


class DoseAlreadyRecorded(Conflict):
    code = "dose_already_recorded"
    message = "A dose is already recorded for this day, here or in another program."
    remedy = "Check the dose ledger. If that row is wrong, correct it."


class NoActiveOrder(InvalidInput):
    code = "no_active_order"
    message = "There is no active order for this medication."
    remedy = "Ask a prescriber to sign a plan with this order."


class DoseDiffersFromOrder(InvalidInput):
    code = "dose_differs_from_order"
    message = "The amount is not what the signed plan orders."
    remedy = "Give the ordered dose, or ask a prescriber to change the plan first. If another amount was given by mistake, correct the row."


class AlreadyVoided(Conflict):
    code = "already_voided"
    message = "This row is already voided."


class DoseInFuture(InvalidInput):
    code = "dose_in_future"
    message = "A dose cannot be recorded before its day."


class TooSoon(Conflict):
    """The previous dose still has effect (label intervals: treatments/dosing.py)."""

    code = "dose_too_soon"
    message = "It is too soon after the previous dose."
    remedy = "Check the dose ledger. If the previous row is wrong, correct it first."


class NotForHome(InvalidInput):
    code = "not_for_home"
    message = "An injection is given by staff and cannot be taken home."


class NothingTakenHome(InvalidInput):
    code = "nothing_taken_home"
    message = "This patient has no take-home doses for today or later."
    remedy = "Check the dose ledger: there is nothing to count."


class AlreadyCalledBack(Conflict):
    code = "already_called_back"
    message = "This patient already has an open call-back."
    remedy = "Record the count for it, or cancel it first."


class AlreadyCounted(Conflict):
    code = "already_counted"
    message = "The result of this call-back is already recorded."
    remedy = "Reload the page to see it. To count again, call the patient back again."


class MissedDosesNeedReview(Conflict):
    """Too many missed doses; 42 CFR sets no number, the clinic's table does (docs/clinical.md)."""

    code = "missed_doses_need_review"
    message = "Doses were missed on the previous days: tolerance may be lost."
    remedy = "Do not give the usual dose. A prescriber reviews and signs a new plan version first."
