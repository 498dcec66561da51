"""Facts that stop a deed on accounts."""

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
