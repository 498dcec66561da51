"""Facts that stop a deed on accounts."""

from datetime import date

from common.errors import Conflict, InvalidInput, NotPermitted


class OwnAccessUnchanged(NotPermitted):
    code = "own_access_unchanged"
    message = "Nobody changes their own roles or account state."
    remedy = "Ask another system administrator."


class AccountExists(Conflict):
    code = "account_exists"
    message = "An account with this e-mail address exists already."
    remedy = "Open that account instead."


class WeakPassword(InvalidInput):
    code = "weak_password"


class WrongPassword(InvalidInput):
    code = "wrong_password"
    message = "That is not your password now."
    remedy = "Type the one you signed in with."


class TooManyAttempts(Conflict):
    code = "too_many_attempts"
    message = "Too many attempts to sign in."
    remedy = "Wait a quarter of an hour, or ask your administrator for a new password."


class AlreadyOpen(Conflict):
    code = "already_open"
    message = "You have this record open already."
    remedy = "Go on to the record; the ribbon at the top says until when."


class AlreadyReviewed(Conflict):
    code = "already_reviewed"
    message = "Somebody has reviewed this already."
    remedy = "Reload to read what they found."


class MonthNotSealed(Conflict):
    code = "month_not_sealed"

    def __init__(self, month: date, why: str) -> None:
        super().__init__(
            f"The trail of {month:%B %Y} stays where it is: {why}.",
            remedy="Seal what waits (manage.py verify_audit --seal), then try again.",
        )
