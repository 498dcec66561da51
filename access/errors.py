"""Errors of actions on accounts, second factors, emergency access and the audit trail."""

from datetime import date

from common.errors import Conflict, InvalidInput, NotPermitted


class OwnAccessUnchanged(NotPermitted):
    code = "own_access_unchanged"
    message = "You cannot change your own roles or your own account."
    remedy = "Ask another system administrator."


class AccountExists(Conflict):
    code = "account_exists"
    message = "An account with this e-mail address already exists."
    remedy = "Open that account instead."


class WeakPassword(InvalidInput):
    code = "weak_password"


class WrongPassword(InvalidInput):
    code = "wrong_password"
    message = "This is not your current password."
    remedy = "Enter the password that you signed in with."


class TooManyAttempts(Conflict):
    code = "too_many_attempts"
    message = "Too many attempts to sign in."
    remedy = "Wait 15 minutes, or ask your administrator to reset your password."


class WrongCode(InvalidInput):
    code = "wrong_code"
    message = "This code is wrong or was already used."
    remedy = "Wait for the next code in your app, or use a recovery code."


class AlreadySetUp(Conflict):
    code = "already_set_up"
    message = "An authenticator app is already set up."
    remedy = "Remove it first, or add a passkey."


class PasskeyKnown(Conflict):
    code = "passkey_known"
    message = "This passkey is already registered."
    remedy = "Use it, or add another device."


class LastFactor(Conflict):
    code = "last_factor"
    message = "This is your only second factor, and your role needs one."
    remedy = "Add another second factor first, then remove this one."


class NoFactor(Conflict):
    code = "no_factor"
    message = "Recovery codes replace a second factor, and you have none."
    remedy = "Set up a second factor first."


class GraceOver(NotPermitted):
    code = "grace_over"
    message = "The time to set up your second factor is over."
    remedy = (
        "Ask your administrator to reset your second factor. Then sign in again and set one up."
    )


class ReauthenticationRequired(NotPermitted):
    code = "fresh_proof_needed"
    message = "You must confirm your identity again for this."
    remedy = (
        "Open /prove in the browser of this session, or sign in again, then repeat the request."
    )


class NotSignedInYet(Conflict):
    code = "not_signed_in_yet"
    message = "This person has not yet set their own password or second factor."
    remedy = "Ask them to sign in, choose a password and set up a second factor. Then confirm."


class AlreadyOpen(Conflict):
    code = "already_open"
    message = "You already have emergency access to this record."
    remedy = "Open the record. The banner at the top of the page shows when access ends."


class AlreadyReviewed(Conflict):
    code = "already_reviewed"
    message = "This was already reviewed."
    remedy = "Reload the page to read the review."


class MonthNotSealed(Conflict):
    code = "month_not_sealed"

    def __init__(self, month: date, why: str) -> None:
        super().__init__(
            f"The audit trail of {month:%B %Y} was not archived: {why}.",
            remedy="Run manage.py verify_audit --seal, then try again.",
        )


class UnauthorizedRows(RuntimeError):
    """A view loaded rows that its user may not see: a bug, so the response is not sent.

    Its text names models, a page and roles, never a person (access/audit/response_guard.py).
    """
