"""Facts of sending."""

from common.errors import Conflict


class NotResendable(Conflict):
    code = "not_resendable"
    message = "This reminder cannot be sent again."
    remedy = (
        "Only failed and uncertain ones can. For one not sent, mend what its reason names,"
        " or call the patient."
    )
