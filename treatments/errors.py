"""Errors of actions on plans, counseling notes and drug tests."""

from common.errors import Conflict, InvalidInput, NotPermitted


class PlanNotDraft(Conflict):
    code = "plan_not_draft"
    message = "A signed plan cannot be edited."
    remedy = "Write the next version, change it, and sign it."


class DraftExists(Conflict):
    code = "draft_exists"
    message = "This plan already has a draft."
    remedy = "Open the draft, or discard it first."


class PlanChanged(Conflict):
    code = "plan_changed"
    message = "The draft was changed after you opened it."
    remedy = "Read it again, then sign it."


class PlanIncomplete(InvalidInput):
    code = "plan_incomplete"
    message = "The plan cannot be signed yet."


class OrdersContradict(InvalidInput):
    """Two orders contradict each other: a nurse could follow only one (docs/clinical.md)."""

    code = "orders_contradict"
    message = "Two orders of this plan contradict each other."
    remedy = "Remove one of the two, then sign."


class DoseNotSafe(InvalidInput):
    code = "dose_not_safe"
    message = "This dose is outside what the product label or the rules allow."


class DoseNeedsReason(InvalidInput):
    code = "dose_needs_reason"
    message = "This dose is unusual and needs a reason."
    remedy = "Enter the reason; it becomes part of the plan."


class NoteNotYours(NotPermitted):
    code = "note_not_yours"
    message = "Only the author can amend a counseling note or give others access to it."
    remedy = "Ask the author, or ask the patient to consent to another reader."


class AlreadyNamed(Conflict):
    code = "already_named"
    message = "This colleague already has access."
    remedy = "End that access first to choose another date."


class DayHasItsTest(Conflict):
    code = "test_planned_already"
    message = "This patient already has a test planned on that day."
    remedy = "Choose another day, or cancel that test first. If no test is shown, it is a random one: do not tell the patient."


class NoDayToDraw(InvalidInput):
    code = "no_day_to_draw"
    message = "There is no day to draw from: the site is closed on all of them, or each already has a test."
    remedy = "Choose a longer period."


class PlannedTestOver(Conflict):
    code = "planned_test_over"
    message = "This test was already taken or canceled."
    remedy = "Reload the page to see its result."
