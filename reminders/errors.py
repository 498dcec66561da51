"""Facts of sending."""

from common.errors import Conflict, NotFound


class NotResendable(Conflict):
    code = "not_resendable"
    message = "This reminder cannot be sent again."
    remedy = (
        "Only failed and uncertain ones can. For one not sent, mend what its reason names,"
        " or call the patient."
    )


class AlreadyDone(Conflict):
    code = "already_done"
    message = "Somebody has done this already."
    remedy = "Reload: what came of it stands there."


class GatewayRefused(Exception):
    """This message was not taken and will not be. Says why, without the address."""


class GatewayUnavailable(Exception):
    """Nothing was taken, and no other message would be just now. Says why."""


class TryLater(GatewayUnavailable):
    """This message was not taken just now; others may be."""


class LinkNotGood(NotFound):
    """Forged, expired, used, of a visit that changed: one answer for all of them."""

    message = "This link is no longer good."
    remedy = "Please call."
