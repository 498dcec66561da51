"""Base classes of domain errors. Apps define their own errors as subclasses."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal that a user can act on.

    `code` is for programs and never changes; `message` says what is wrong and `remedy` what to do
    next. Neither reveals whether a person is a patient to somebody who may not know.
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
    """The input is not valid; `field` names the form field."""

    code = "invalid_input"
    message = "Something that was entered is not valid."


class NotPermitted(DomainError):
    """The user lacks the permission for this action."""

    code = "not_permitted"
    message = "Your role does not allow this."
    remedy = "Ask a colleague whose role does, or your clinical director."


class NotFound(DomainError):
    """The row does not exist or the user may not see it; both look the same (42 CFR 2.13(c))."""

    code = "not_found"
    message = "This does not exist, or you have no access to it."


class Conflict(DomainError):
    """The action contradicts existing data; often somebody else was first."""

    code = "conflict"
    message = "Somebody else changed this first."
    remedy = "Reload the page and check it before you try again."
