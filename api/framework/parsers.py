"""Parser of request bodies: strict JSON of limited size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

LARGEST_BODY = 1_000_000  # bytes


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = f"A request can have at most {LARGEST_BODY:,} bytes."


class PlainJSONParser(JSONParser):
    """Parse strict JSON in UTF-8. Lone surrogates and too deep nesting are refused."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(LARGEST_BODY + 1)
        if len(raw) > LARGEST_BODY:
            raise TooLarge
        try:
            text = raw.decode("utf-8")
            found = json.loads(text, parse_constant=_no_constant)
            if "\\u" in text:
                json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as problem:
            raise ParseError("This is not JSON in UTF-8.") from problem
        return found


def _no_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(name)
