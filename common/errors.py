"""The one shape of refusal. Apps name their own facts by subclassing it."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal that a person can act on.

    `code` is for machines and never changes; `message` says what is wrong and
    `remedy` what to do next. Neither says whether a person is a patient to
    somebody who may not know.
    """

    code: ClassVar[str] = "refused"
    message: str = "This cannot be done."
    remedy: str = ""

    def __init__(self, message: str = "", *, remedy: str = "", field: str = "") -> None:
        self.message = message or type(self).message
        self.remedy = remedy or type(self).remedy
        self.field = field
        super().__init__(f"{self.message} {self.remedy}".strip())


class InvalidInput(DomainError):
    """What was typed cannot be right; `field` names where."""

    code = "invalid_input"
    message = "Something in what was entered cannot be right."


class NotPermitted(DomainError):
    """The person signed in lacks the right for this deed."""

    code = "not_permitted"
    message = "Your role does not include this."
    remedy = "Ask a colleague whose role does, or your clinical director."


class NotFound(DomainError):
    """Nothing here, or nothing that you may see: the answer is the same (42 CFR 2.13(c))."""

    code = "not_found"
    message = "There is nothing here that you can see."


class Conflict(DomainError):
    """Two facts cannot both be true; somebody else was first."""

    code = "conflict"
    message = "Somebody else changed this first."
    remedy = "Reload and look again before you repeat it."
