"""Facts of sending."""

from common.errors import Conflict


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
