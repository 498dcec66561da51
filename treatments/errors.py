"""Errors of actions on plans, counseling notes and drug tests."""

from common.errors import Conflict, InvalidInput, NotPermitted


class PlanNotDraft(Conflict):
    code = "plan_not_draft"
    message = "A signed plan is never edited."
    remedy = "Begin its next version, change that, and sign it."


class DraftExists(Conflict):
    code = "draft_exists"
    message = "A draft of this plan is already being written."
    remedy = "Open that draft, or discard it first."


class PlanChanged(Conflict):
    code = "plan_changed"
    message = "The draft was changed after you opened it."
    remedy = "Read it again, then sign what you have read."


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
    message = "This dose lies outside what the product's label or the rules allow."


class DoseNeedsReason(InvalidInput):
    code = "dose_needs_reason"
    message = "This dose is unusual and needs a reason."
    remedy = "Write the reason beside the dose; it becomes part of the plan."


class NoteNotYours(NotPermitted):
    code = "note_not_yours"
    message = "Only its author amends a counseling note or says who else reads it."
    remedy = "Ask the author; or the patient consents to another reader."


class AlreadyNamed(Conflict):
    code = "already_named"
    message = "This colleague is named already."
    remedy = "End that first to choose another day."


class DayHasItsTest(Conflict):
    code = "test_planned_already"
    message = "A test is planned for this patient on that day."
    remedy = "Choose another day, or call that one off first. One that is not shown is random: do not tell the patient."


class NoDayToDraw(InvalidInput):
    code = "no_day_to_draw"
    message = "There is no day to draw from: the site is shut on all of them, or each has its test."
    remedy = "Choose a longer time."


class PlannedTestOver(Conflict):
    code = "planned_test_over"
    message = "This test is taken or called off already."
    remedy = "Reload and look."
