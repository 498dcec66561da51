"""A request with and without its trail, by turns. Inside a clinic (see bench.inside)."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from access.models import User
from bench import landmarks
from bench.conversation import EMAIL
from bench.figures import percentile

TRAIL = "clinic.middleware.read_audit_middleware.ReadAuditMiddleware"
WARMING = 5
#: Without a trail nobody notices what is read; everything else is the same.
WITHOUT = [one for one in settings.MIDDLEWARE if one != TRAIL]


def answer(times: int) -> list[dict[str, Any]]:
    """For each page: p50 and p95 in milliseconds, and the statements, with and without."""
    marks = landmarks.answer(None)
    user = User.objects.get(email=EMAIL)
    with_trail = _client(user)
    with override_settings(MIDDLEWARE=WITHOUT):
        without = _client(user)
        without.get("/healthz")  # a client's handler keeps the middleware of its first request
    pages = {
        "a patient's page": f"/patients/{marks['patient']}",
        "patients, first page": "/patients",
        "day schedule": f"/schedule?site={marks['site_code']}&day={marks['day']}",
        "a patient · API": f"/api/v1/patients/{marks['patient']}",
    }
    return [_page(name, address, with_trail, without, times) for name, address in pages.items()]


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _page(
    name: str, address: str, with_trail: Client, without: Client, times: int
) -> dict[str, Any]:
    taken: dict[str, list[float]] = {"with": [], "without": []}
    for turn in range(WARMING + times):
        for which, client in (("with", with_trail), ("without", without)):
            seconds = _seconds(client, address)
            if turn >= WARMING:
                taken[which].append(seconds)
    figures = {
        f"{which}_p{percent}_ms": percentile(seconds, percent) * 1000
        for which, seconds in taken.items()
        for percent in (50, 95)
    }
    return {
        "name": name,
        **figures,
        "added_p50_ms": figures["with_p50_ms"] - figures["without_p50_ms"],
        "added_p95_ms": figures["with_p95_ms"] - figures["without_p95_ms"],
        "statements": _statements(with_trail, address) - _statements(without, address),
    }


def _seconds(client: Client, address: str) -> float:
    started = time.perf_counter()
    response = client.get(address)
    took = time.perf_counter() - started
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code}")
    return took


def _statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return sum(one["sql"].split()[0] not in {"BEGIN", "COMMIT"} for one in captured)
