"""Bulk writing: the same constraints as ever, and room for ordinary work afterwards."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from access.actions.accounts import service_account
from access.models import Site
from exchange.bulk_insert import Batch, Ids
from exchange.bulk_plan_signatures import PlanRounds, PlanSignature
from patients.enums import ContactKind
from patients.models import ContactPoint, Episode, Patient, Program
from treatments.enums import PlanStatus
from treatments.models import Problem, TreatmentPlan

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
PERSON = {"given_name": "A", "family_name": "B", "birth_date": date(1980, 1, 1), "recorded_at": NOW}

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return Site.objects.create(code="main", name="Main", neutral_name="Main")


def test_ids_go_on_after_a_bulk_load(site: Site) -> None:
    batch = Batch(Ids())
    first = batch.add(Patient, site_id=site.pk, **PERSON)
    batch.write()
    assert Patient.objects.get().pk == first
    later = Patient.objects.create(site=site, **PERSON)
    assert later.pk > first
    assert later.record_number != Patient.objects.get(pk=first).record_number


def test_what_nobody_said_has_the_models_default(site: Site) -> None:
    batch = Batch(Ids())
    batch.add(Patient, site_id=site.pk, **PERSON)
    batch.write()
    patient = Patient.objects.get()
    assert (patient.language, patient.sex, patient.version) == ("en", "unknown", 1)
    assert patient.search_text.startswith(" b a ")


def test_a_column_that_is_not_there_is_a_mistake(site: Site) -> None:
    with pytest.raises(TypeError, match="nickname"):
        Batch(Ids()).add(Patient, site_id=site.pk, nickname="X", **PERSON)


def test_the_databases_rules_hold(site: Site) -> None:
    batch = Batch(Ids())
    batch.add(Patient, site_id=site.pk, **{**PERSON, "family_name": "", "given_name": ""})
    with pytest.raises(IntegrityError), transaction.atomic():
        batch.write()


def test_signed_plans_are_frozen_with_their_content(site: Site) -> None:
    by = service_account("test", now=NOW)
    program = Program.objects.create(site=site, code="otp", name="OTP")
    patient = Patient.objects.create(site=site, **PERSON)
    episode = Episode.objects.create(
        patient=patient,
        program=program,
        site=site,
        admission_date=date(2026, 1, 5),
        recorded_at=NOW,
    )
    rounds = PlanRounds(ids=Ids())
    for number, status, end in (
        (1, PlanStatus.SUPERSEDED, date(2026, 2, 1)),
        (2, PlanStatus.ACTIVE, None),
    ):
        batch, signatures = rounds.of_version(number)
        plan_id = batch.add(
            TreatmentPlan,
            episode_id=episode.pk,
            patient_id=patient.pk,
            site_id=site.pk,
            number=number,
            written_by_id=by.pk,
            recorded_at=NOW,
        )
        batch.add(Problem, plan_id=plan_id, area="opioid_use", description="OUD")
        signatures.append(
            PlanSignature(
                plan_id=plan_id,
                status=status,
                signed_by_id=by.pk,
                signed_at=NOW,
                start_date=date(2026, 1, 5),
                end_date=end,
            )
        )
    rounds.write()
    plans = TreatmentPlan.objects.order_by("number")
    assert [plan.status for plan in plans] == [PlanStatus.SUPERSEDED, PlanStatus.ACTIVE]
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        Problem.objects.create(plan=plans[1], area="housing", description="Late")


def test_what_a_copy_writes_is_encrypted_and_found(site: Site) -> None:
    """COPY goes around the models; hash and ciphertext are there all the same."""
    batch = Batch(Ids())
    patient_id = batch.add(Patient, site_id=site.pk, **PERSON)
    batch.add_leaf(
        ContactPoint,
        patient_id=patient_id,
        kind=ContactKind.PHONE,
        value="+1 413 555 0199",
        may_send_messages=False,
        recorded_at=NOW,
    )
    batch.write()
    assert ContactPoint.objects.of_value("413-555-0199").get().value == "+1 413 555 0199"
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM patients_contactpoint")
        (kept,) = cursor.fetchone()
    assert b"555" not in bytes(kept)
    assert Patient.objects.matching("4135550199").get().pk == patient_id
