"""Log formatters that keep patient data out of log lines.

An exception's message may quote a record: PostgreSQL quotes the row that failed, a KeyError the
key. So the log has the type and the traceback of an exception, and its message only where it cannot
be about a patient.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from smtplib import SMTPException
from types import TracebackType
from typing import TypeAlias

from celery.exceptions import CeleryError
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from redis.exceptions import RedisError

from access.errors import UnauthorizedRows

ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

#: Exceptions about machines, settings and code, never about a patient.
PLAIN_SPOKEN = (
    OSError,
    ImportError,
    AttributeError,
    NameError,
    ImproperlyConfigured,
    OperationalError,
    RedisError,
    CeleryError,
    UnauthorizedRows,  # names models, a page and roles
)
#: Of these, some quote the recipient of a message.
NAMING = (SMTPException,)
WITHHELD = "(its words are not logged: they may quote a record)"


class SkipHealthChecks(logging.Filter):
    """Drop the 503 log lines of /readyz, which are its normal answer while a part is missing."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", 0) != HTTPStatus.SERVICE_UNAVAILABLE


class RedactingFormatter(logging.Formatter):
    """Formatter that keeps times, levels and places and withholds what an exception quotes."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.args, Mapping) and "exc" in record.args:
            # Celery repeats the exception's message, in the line and in its traceback.
            record = logging.makeLogRecord(vars(record))
            record.args = {**record.args, "exc": WITHHELD, "traceback": ""}  # type: ignore[dict-item]
        return super().format(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - logging's own name
        _, problem, _ = ei
        return "\n".join(_told(problem)) if problem is not None else ""


def _told(problem: BaseException) -> Iterator[str]:
    """Yield the chain of exceptions, the first cause first."""
    seen: set[int] = set()
    chain: list[BaseException] = []
    one: BaseException | None = problem
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    for cause in reversed(chain):
        yield "Traceback (most recent call last):"
        yield from (line.rstrip() for line in traceback.format_tb(cause.__traceback__))
        yield f"{type(cause).__module__}.{type(cause).__qualname__}: {_words(cause)}"


def _words(problem: BaseException) -> str:
    plain = isinstance(problem, PLAIN_SPOKEN) and not isinstance(problem, NAMING)
    return str(problem) if plain else WITHHELD
