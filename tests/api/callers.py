"""Asking the API in tests."""

from __future__ import annotations

from typing import Any

from django.test import Client

from access.models import User
from tests.support.auth import prove

ROOT = "/api/v1/"


class Caller:
    """One person's session, or a bearer token, or nobody."""

    def __init__(self, user: User | None = None, *, token: str = "", **options: Any) -> None:
        self.client = Client(**options)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        if user is not None:
            self.client.force_login(user)
            prove(self.client)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(ROOT + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None, *, headers: Any = None) -> Any:
        return self._send("post", path, body, headers)

    def patch(self, path: str, body: Any = None) -> Any:
        return self._send("patch", path, body, None)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        if method == "GET":
            return self.get(path)
        return self._send(method.lower(), path, body, None)

    def raw(self, path: str, data: bytes, content_type: str = "application/json") -> Any:
        return self.client.post(ROOT + path, data, content_type=content_type, headers=self.headers)

    def _send(self, method: str, path: str, body: Any, headers: Any) -> Any:
        send = getattr(self.client, method)
        return send(
            ROOT + path,
            {} if body is None else body,
            content_type="application/json",
            headers={**self.headers, **(headers or {})},
        )


def refusal(response: Any) -> dict[str, Any]:
    """The one error of a refusal; fails unless the body has the one shape."""
    body = response.json()
    assert set(body) == {"type", "errors"}, body
    assert body["type"] in {"validation_error", "client_error"}
    assert response.status_code < 500
    for error in body["errors"]:
        assert {"code", "detail", "attr"} <= set(error)
        assert error["detail"]
    first: dict[str, Any] = body["errors"][0]
    return first
