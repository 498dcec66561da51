"""SQL statements per request. Inside a clinic (see bench.inside)."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import User
from bench.conversation import EMAIL


def answer(questions: list[list[Any]]) -> list[int]:
    """For each [address, form fields or None, body or None]; the session's own are included."""
    client = Client()
    client.force_login(User.objects.get(email=EMAIL))
    return [_count(client, *question) for question in questions]


def _count(client: Client, address: str, fields: Any, body: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = _asked(client, address, fields, body)
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code}")
    return len(captured)


def _asked(client: Client, address: str, fields: Any, body: Any) -> Any:
    if body is not None:
        return client.post(address, json.dumps(body), content_type="application/json")
    return client.get(address) if fields is None else client.post(address, fields)
