"""Error responses, all in one format: `{"type", "errors": [{"code", "detail", "attr"}]}`.

`code` is for machines and never changes; `detail` says what is wrong and what to do next; `attr`
names the field. A probable duplicate also has `candidates`, the ids of similar patients; a refused
disclosure has its `reason`; a deficient consent has one error for each missing element.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ExceptionHandlerContext
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from api.framework.parsers import TooLarge
from common.errors import Conflict, DomainError, InvalidInput, NotFound, NotPermitted
from patients.errors import DeficientConsent, DisclosureRefused, ProbableDuplicate

#: The first class that matches decides.
STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotPermitted, 403),
    (NotFound, 404),
    (Conflict, 409),
    (DomainError, 400),
)


class Refusal(APIException):
    """API exception that wraps a domain error."""

    def __init__(self, problem: DomainError) -> None:
        super().__init__(str(problem), problem.code)
        self.problem = problem
        self.status_code = next(code for kind, code in STATUS if isinstance(problem, kind))


class Handler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Http404):
            exc = NotFound()
        if isinstance(exc, RequestDataTooBig):  # from the CSRF check, which reads before the parser
            return TooLarge()
        if isinstance(exc, DomainError):
            return Refusal(exc)
        known: Exception = super().convert_known_exceptions(exc)
        return known

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        if isinstance(exc, Refusal):
            return refusal_shape(exc.problem)
        shape: dict[str, Any] = super().format_exception(exc)
        return shape


def refusal_shape(problem: DomainError) -> dict[str, Any]:
    error: dict[str, Any] = {
        "code": problem.code,
        "detail": str(problem),
        "attr": problem.field or None,
    }
    if isinstance(problem, ProbableDuplicate):
        error["candidates"] = problem.candidates
    if isinstance(problem, DisclosureRefused):
        error["reason"] = problem.reason
    kind = "validation_error" if isinstance(problem, InvalidInput) else "client_error"
    errors = _missing(problem) if isinstance(problem, DeficientConsent) else [error]
    return {"type": kind, "errors": errors}


def _missing(problem: DeficientConsent) -> list[dict[str, Any]]:
    return [
        {"code": problem.code, "detail": f"Missing: {words}. {problem.remedy}", "attr": field}
        for field, words in problem.missing.items()
    ]


def exception_handler(exc: Exception, context: ExceptionHandlerContext) -> Response | None:
    response: Response | None = Handler(exc, context).run()
    return response
