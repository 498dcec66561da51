"""A revocation and a disclosure at the same moment: whoever commits first is obeyed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from patients.actions.consents import end_consent
from patients.actions.disclosures import disclose
from patients.actions.restrictions import decide_restriction
from patients.enums import ConsentEnd, RestrictionDecision
from patients.errors import DisclosureRefused
from patients.models import Disclosure
from tests.support import consents
from tests.support.world import NOW, TODAY, make_world


def _disclose_meanwhile(world: Any, answers: list[str]) -> threading.Thread:
    def run() -> None:
        paper = consents.to_treating_provider(recipient_kind="health_plan", purpose="payment")
        try:
            disclose(patient=world.patient, disclosure=paper, now=NOW, by=world.nurse)
            answers.append("disclosed")
        except DisclosureRefused as problem:
            answers.append(problem.reason)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _revoke(world: Any, consent: Any) -> None:
    end_consent(
        consent=consent, reason=ConsentEnd.REVOKED, how="At the desk", now=NOW, by=world.nurse
    )


def _restrict(world: Any, consent: Any) -> None:
    decide_restriction(
        patient=world.patient,
        request="Nothing to my plan",
        requested_date=TODAY,
        purposes=["payment"],
        to_health_plan=True,
        decision=RestrictionDecision.AGREED,
        reason="Paid",
        now=NOW,
        by=world.privacy_officer,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("deed", "reason"), [(_revoke, "revoked"), (_restrict, "restricted")])
def test_the_door_waits_for_who_is_about_to_shut_it(deed, reason):
    world = make_world()
    consent = world.consent()
    answers: list[str] = []
    with transaction.atomic():
        deed(world, consent)
        thread = _disclose_meanwhile(world, answers)
        thread.join(timeout=1.0)
        assert answers == [], "it did not wait"
    thread.join(timeout=20)
    assert answers == [reason]
    assert not Disclosure.objects.exists()
