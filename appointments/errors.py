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
    message = "All seats in this group are taken."
    remedy = "Choose another session, or add the patient to the waitlist."


class GroupMoved(Conflict):
    code = "group_moved"
    message = "The group session was moved or canceled."
    remedy = "Reload the page to see its new time."


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
    remedy = "Choose a time within their hours, or add extra hours for that day."


class WrongState(Conflict):
    code = "wrong_state"
    message = "The status of the appointment no longer allows this."
    remedy = "Reload the page to see its status."


class HoursOverlap(Conflict):
    code = "hours_overlap"
    message = "These hours overlap other hours of the same person."
    remedy = "End the other hours first."


class AlreadyWaiting(Conflict):
    code = "already_waiting"
    message = "This patient is already on the waitlist for this visit type."
    remedy = "Remove the other waitlist entry first."


class OfferOver(Conflict):
    code = "offer_over"
    message = "This offer was already answered or has expired."
    remedy = "Offer another time."


class OfferOpen(Conflict):
    code = "offer_open"
    message = "This patient already has an open offer."
    remedy = "Wait for the patient's answer, or decline that offer first."


class TryAgain(Conflict):
    code = "try_again"
    message = "Another booking was made at the same moment, so this one was not saved."
    remedy = "Try again."


class SeriesConflicts(Conflict):
    """Some visits of a series cannot be booked, so none was; `days` lists each with the reason."""

    code = "series_conflicts"
    message = "Some appointments of this series cannot be booked, so none was booked."
    remedy = "Leave out those days, or choose another time for them."

    def __init__(self, days: Sequence[tuple[str, str]]) -> None:
        self.days = list(days)
        told = "; ".join(f"{day}: {why}" for day, why in self.days[:10])
        more = f"; and {len(self.days) - 10} more" if len(self.days) > 10 else ""
        super().__init__(f"{type(self).message} {told}{more}.")


class SeriesDayTaken(Conflict):
    """A visit that stays, such as a completed one, has that day in the series already."""

    code = "series_day_taken"
    message = "The series already has an appointment on one of these days."
    remedy = "Move “This and all later ones” instead of all, or move by another number of days."


class TooEarly(InvalidInput):
    code = "too_early"
    message = "It is too early to check in for this appointment."
    remedy = "Check in for today's appointment, or move this one to today."


class InThePast(InvalidInput):
    code = "in_the_past"
    message = "This time is in the past."
    remedy = "Choose a later time."


class AskAtTheDesk(InvalidInput):
    """The one answer of a kiosk to every failure, so that it reveals nothing to a stranger."""

    code = "ask_at_the_desk"
    message = "That did not work."
    remedy = "Please ask at the front desk."
