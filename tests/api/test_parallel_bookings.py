"""Fifty people want one slot over real HTTP: one gets it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from appointments.models import Appointment
from patients.models import Patient
from tests.support.auth import token_for
from tests.support.world import NOW, World, make_world

CALLERS = 50
SLOT = (NOW + timedelta(days=2)).isoformat()


@pytest.fixture
def _fixed_moment():
    """In place of the fixed one: real threads wait on a clock that goes."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def clinic(transactional_db) -> World:
    return make_world()


@pytest.fixture
def secret(clinic: World) -> str:
    return token_for(clinic.front_desk, expires_at=NOW + timedelta(hours=1), now=NOW)[1]


def _race(live_server, secret: str, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {secret}"}
    limits = httpx.Limits(max_connections=CALLERS)
    url = f"{live_server.url}/api/v1/appointments"
    with (
        httpx.Client(headers=headers, timeout=60, limits=limits, trust_env=False) as client,
        ThreadPoolExecutor(CALLERS) as threads,
    ):
        return list(threads.map(lambda body: client.post(url, json=body), bodies))


def _booking(clinic: World, patient: Patient) -> dict[str, Any]:
    return {
        "patient": patient.pk,
        "site": clinic.here.pk,
        "type": clinic.visit_type.pk,
        "practitioner": clinic.counselor.pk,
        "starts_at": SLOT,
    }


def test_fifty_patients_and_one_slot(live_server, clinic: World, secret: str):
    patients = [clinic.register(f"Person{number}") for number in range(CALLERS)]
    answers = _race(live_server, secret, [_booking(clinic, patient) for patient in patients])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert {body["errors"][0]["code"] for body in refusals} == {"slot_taken"}
    assert Appointment.objects.count() == 1


def test_one_patient_fifty_times(live_server, clinic: World, secret: str):
    """The same request sent again and again, as by an impatient finger."""
    body = _booking(clinic, clinic.patient)
    answers = _race(live_server, secret, [body] * CALLERS)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}
    assert Appointment.objects.count() == 1
