"""The answer to "no such patient" beside that to "not for you", by turns. Inside a clinic."""

from __future__ import annotations

import time

from django.test import Client
from django.utils import timezone

from access.enums import Role
from access.models import RoleAssignment, Site, User
from bench.figures import summary
from patients.models import Patient

WARMING = 5
NOBODY = 10**12


def answer(times: int) -> dict[str, dict[str, float]]:
    """Somebody of one site asks for a patient of another, and for one who does not exist."""
    site = Site.objects.order_by("pk")[0]
    theirs = Patient.objects.exclude(site=site).order_by("pk")[0].pk
    client = Client()
    client.force_login(_prescriber_at(site))
    taken: dict[str, list[float]] = {"not for you": [], "no such patient": []}
    for turn in range(WARMING + times):
        for what, pk in (("not for you", theirs), ("no such patient", NOBODY)):
            seconds = _seconds(client, f"/patients/{pk}")
            if turn >= WARMING:
                taken[what].append(seconds)
    return {what: summary(seconds) for what, seconds in taken.items()}


def _prescriber_at(site: Site) -> User:
    now = timezone.now()
    user = User.objects.create(email="one-site@example.org", name="One Site", created_at=now)
    RoleAssignment.objects.create(user=user, site=site, role=Role.PRESCRIBER, granted_at=now)
    return user


def _seconds(client: Client, address: str) -> float:
    started = time.perf_counter()
    status = client.get(address).status_code
    took = time.perf_counter() - started
    if status != 404:
        raise RuntimeError(f"{address}: {status}")
    return took
