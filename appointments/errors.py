"""Facts that stop a booking."""

from common.errors import Conflict, InvalidInput


class SlotTaken(Conflict):
    code = "slot_taken"
    message = "The practitioner already has an appointment at that time."
    remedy = "Choose another time or another practitioner."


class PatientBusy(Conflict):
    code = "patient_busy"
    message = "The patient already has an appointment at that time."
    remedy = "Choose another time, or move the other appointment."


class WrongState(Conflict):
    code = "wrong_state"
    message = "The appointment is no longer in a state that allows this."
    remedy = "Reload to see what has become of it."


class TooEarly(InvalidInput):
    code = "too_early"
    message = "It is too early to check in for this visit."
    remedy = "Look for the visit of today, or move this one to now."


class InThePast(InvalidInput):
    code = "in_the_past"
    message = "That time has already passed."
    remedy = "Choose a later time."
