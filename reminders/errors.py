"""Errors of the reminders app."""

from common.errors import Conflict, NotFound


class NotResendable(Conflict):
    code = "not_resendable"
    message = "This reminder cannot be sent again."
    remedy = "Only failed and uncertain reminders can be sent again. If it was not sent, fix the reason shown, or call the patient."


class AlreadyDone(Conflict):
    code = "already_done"
    message = "Somebody else has already done this."
    remedy = "Reload the page to see the result."


class GatewayRefused(Exception):
    """The gateway refused this message for good. Says why, without the address."""


class GatewayUnavailable(Exception):
    """The gateway took nothing and would take no other message now. Says why."""


class TryLater(GatewayUnavailable):
    """The gateway did not take this message now; it may take others."""


class LinkNotGood(NotFound):
    """The link is forged, expired, used, or of a visit that changed.

    The answer is the same for all of these.
    """

    message = "This link is no longer good."
    remedy = "Please call."
