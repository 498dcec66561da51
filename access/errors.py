"""Errors of actions on accounts, second factors, emergency access and the audit trail."""

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


class WrongCode(InvalidInput):
    code = "wrong_code"
    message = "This code is not right, or was used already."
    remedy = "Wait for the next one in your app, or use a recovery code."


class AlreadySetUp(Conflict):
    code = "already_set_up"
    message = "An authenticator app is set up already."
    remedy = "Remove it first, or add a passkey."


class PasskeyKnown(Conflict):
    code = "passkey_known"
    message = "This passkey is registered already."
    remedy = "Use it, or add another device."


class LastFactor(Conflict):
    code = "last_factor"
    message = "This is your only second factor, and your role needs one."
    remedy = "Add another first, then remove this one."


class NoFactor(Conflict):
    code = "no_factor"
    message = "Recovery codes stand in for a second factor, and you have none."
    remedy = "Set one up first."


class GraceOver(NotPermitted):
    code = "grace_over"
    message = "The time to set up your second factor is over."
    remedy = "Ask your administrator to reset it: then you can sign in once more to set one up."


class ReauthenticationRequired(NotPermitted):
    code = "fresh_proof_needed"
    message = "This needs a fresh proof that it is you."
    remedy = "Open /prove in the browser of this session, or sign in anew, and repeat the call."


class NotSignedInYet(Conflict):
    code = "not_signed_in_yet"
    message = "This person's password or second factor is not their own yet."
    remedy = (
        "Ask them to sign in, to choose a password and to set up a second factor; then confirm."
    )


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


class UnauthorizedRows(RuntimeError):
    """A view loaded rows that its user may not see: a bug, so the response is not sent.

    Its text names models, a page and roles, never a person (access/audit/response_guard.py).
    """
