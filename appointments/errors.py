"""Errors of the appointments app."""

from __future__ import annotations

from collections.abc import Sequence

from common.errors import Conflict, InvalidInput


class SlotTaken(Conflict):
    code = "slot_taken"
    message = "The practitioner already has an appointment at that time."
    remedy = "Choose another time or another practitioner."


class RoomTaken(Conflict):
    code = "room_taken"
    message = "The room is taken at that time."
    remedy = "Choose another room or another time."


class PatientBusy(Conflict):
    code = "patient_busy"
    message = "The patient already has an appointment at that time."
    remedy = "Choose another time, or move the other appointment."


class GroupFull(Conflict):
    code = "group_full"
    message = "Every seat of this group is taken."
    remedy = "Choose another day of the group, or put the patient on the waitlist."


class GroupMoved(Conflict):
    code = "group_moved"
    message = "The group has been moved or canceled meanwhile."
    remedy = "Reload to see when it meets."


class SiteClosed(Conflict):
    code = "site_closed"
    message = "The site is closed on that day."
    remedy = "Choose another day."


class PractitionerAway(Conflict):
    code = "practitioner_away"
    message = "The practitioner is away at that time."
    remedy = "Choose another time or another practitioner."


class OutsideHours(Conflict):
    code = "outside_hours"
    message = "The practitioner does not work at this site at that time."
    remedy = "Choose a time within their hours, or enter extra hours for that day."


class WrongState(Conflict):
    code = "wrong_state"
    message = "The appointment is no longer in a state that allows this."
    remedy = "Reload to see what has become of it."


class HoursOverlap(Conflict):
    code = "hours_overlap"
    message = "These hours overlap others of the same person."
    remedy = "Nobody works at two places at once: end the other hours first."


class AlreadyWaiting(Conflict):
    code = "already_waiting"
    message = "This patient waits for such a visit already."
    remedy = "Withdraw the other place on the waitlist first."


class OfferOver(Conflict):
    code = "offer_over"
    message = "This offer is over: it was answered, or its time ran out."
    remedy = "Look for another time."


class OfferOpen(Conflict):
    code = "offer_open"
    message = "This patient has an open offer already."
    remedy = "Wait for the answer, or decline it first."


class TryAgain(Conflict):
    code = "try_again"
    message = "Two bookings met at the same moment, and this one gave way."
    remedy = "Try again."


class SeriesConflicts(Conflict):
    """Some visits of a series cannot be booked, so none was; `days` lists each with the reason."""

    code = "series_conflicts"
    message = "Some visits of this series cannot be booked, so none was."
    remedy = "Leave those days out or give them another time."

    def __init__(self, days: Sequence[tuple[str, str]]) -> None:
        self.days = list(days)
        told = "; ".join(f"{day}: {why}" for day, why in self.days[:10])
        more = f"; and {len(self.days) - 10} more" if len(self.days) > 10 else ""
        super().__init__(f"{type(self).message} {told}{more}.")


class SeriesDayTaken(Conflict):
    """A visit that stays, such as a completed one, has that day in the series already."""

    code = "series_day_taken"
    message = "The series has a visit for one of these days already, and that one stays."
    remedy = "Move this and all that follow instead of all, or by another number of days."


class TooEarly(InvalidInput):
    code = "too_early"
    message = "It is too early to check in for this visit."
    remedy = "Look for the visit of today, or move this one to now."


class InThePast(InvalidInput):
    code = "in_the_past"
    message = "That time has already passed."
    remedy = "Choose a later time."


class AskAtTheDesk(InvalidInput):
    """The one answer of a kiosk to every failure, so that it reveals nothing to a stranger."""

    code = "ask_at_the_desk"
    message = "That did not work."
    remedy = "Please ask at the desk."
