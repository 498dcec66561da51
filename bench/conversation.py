"""One signed-in person on one keep-alive connection, with a stop watch."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from bench.clinics import HOST

EMAIL, PASSWORD = "director@example.org", "demonstration-only-pass"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
SECONDS = 60


@dataclass(frozen=True)
class Ask:
    """One request. `fields` go as a form, `body` as JSON; either makes it a POST."""

    name: str
    address: str
    fields: dict[str, str] | None = None
    body: dict[str, Any] | None = None
    expected: int = 200


class Unexpected(Exception):
    """The answer was not the one that was to be measured."""


class Conversation:
    """`HTTPConnection` and not a richer client: the client's own time should not show."""

    def __init__(self, port: int, *, signed_in: bool = True, email: str = EMAIL) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=SECONDS)
        self._cookies: dict[str, str] = {}
        if signed_in:
            self._sign_in(email)

    def seconds(self, ask: Ask) -> float:
        """How long the answer took, from the first byte sent to the last one read."""
        method, data, headers = self._written(ask)
        started = time.perf_counter()
        status, answer = self._exchange(method, ask.address, data, headers)
        took = time.perf_counter() - started
        if status != ask.expected:
            raise Unexpected(f"{ask.name}: {status}\n{answer[:500].decode(errors='replace')}")
        return took

    def size(self, ask: Ask) -> int:
        """Bytes of the answer."""
        method, data, headers = self._written(ask)
        return len(self._exchange(method, ask.address, data, headers)[1])

    def close(self) -> None:
        self._connection.close()

    def _written(self, ask: Ask) -> tuple[str, bytes | None, dict[str, str]]:
        if ask.body is not None:
            return "POST", json.dumps(ask.body).encode(), {"Content-Type": "application/json"}
        if ask.fields is not None:
            form = urlencode(ask.fields).encode()
            return "POST", form, {"Content-Type": "application/x-www-form-urlencoded"}
        return "GET", None, {}

    def _sign_in(self, email: str) -> None:
        _, page = self._exchange("GET", "/sign-in", None, {})
        token = TOKEN.search(page)
        fields = {
            "username": email,
            "password": PASSWORD,
            "csrfmiddlewaretoken": token[1].decode() if token else "",
        }
        self.seconds(Ask("sign in", "/sign-in", fields=fields, expected=302))

    def _exchange(
        self, method: str, address: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers |= {"Cookie": cookies, "X-CSRFToken": self._cookies.get("csrftoken", "")}
        self._connection.request(method, address, data, headers)
        response = self._connection.getresponse()
        answer = response.read()
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";")[0].partition("=")
            self._cookies[name] = value
        return response.status, answer
