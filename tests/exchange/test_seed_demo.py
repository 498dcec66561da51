"""The demonstration clinic: whole, lifelike, repeatable, and never anywhere else."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from random import Random
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from access.authz.policy import sites_with_permission
from access.enums import Permission, Role
from access.models import AuditEntry, Site, User
from appointments.models import Appointment
from dispensary.enums import DoseOutcome
from dispensary.models.doses import DoseRecord
from dispensary.queries import orders_on
from exchange.demo.clinic import LOG_INS, PASSWORD
from exchange.demo.doses import Regimen, Taken, oral_doses, titration_for
from exchange.demo.treatment_course import imagine_course
from patients.models import ClinicalEvent, ContactPoint, Episode, Patient
from treatments.enums import PlanStatus
from treatments.models import TreatmentPlan

# A Sunday: even then there is somebody on today's schedule.
NOW = datetime(2026, 3, 1, 18, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def seed(**options: Any) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_doses_can_be_given_in_the_demonstration() -> None:
    """Its plans are signed by people, so there is an order for everybody who was given one."""
    seed(patients=40)
    plans = TreatmentPlan.objects.active().with_content()
    with_medication = [plan for plan in plans if plan.medication]
    assert len(with_medication) > 5
    for plan in with_medication:
        assert orders_on(episode=plan.episode, day=TODAY) == plan.medication


@pytest.mark.django_db
def test_the_clinic_is_whole() -> None:
    counts = json.loads(seed())
    assert counts["patients"] == 150
    assert Site.objects.count() == 2
    assert set(Episode.objects.values_list("discharge_reason", flat=True)) >= {
        "",
        "dropped_out",
        "completed",
        "transferred",
    }
    assert set(TreatmentPlan.objects.values_list("status", flat=True)) == set(PlanStatus.values)
    assert set(ClinicalEvent.objects.values_list("kind", flat=True)) >= {
        "return_to_use",
        "overdose",
        "death",
        "incarceration",
    }
    statuses = set(Appointment.objects.values_list("status", flat=True))
    assert statuses >= {"booked", "confirmed", "completed", "cancelled", "no_show"}
    today = Appointment.objects.filter(starts_at__date=TODAY)
    assert today.count() >= 4
    assert Appointment.objects.filter(starts_at__gt=NOW).count() >= 100
    assert any(patient.episodes.count() > 1 for patient in Patient.objects.all())
    assert set(DoseRecord.objects.values_list("outcome", flat=True)) == {
        DoseOutcome.GIVEN,
        DoseOutcome.TAKE_HOME,
        DoseOutcome.MISSED,
    }
    assert AuditEntry.objects.filter(action="seed demonstration patient").count() == 150
    assert not DoseRecord.objects.filter(recorded_at__gt=NOW).exists()


@pytest.mark.django_db
def test_nobody_can_be_reached() -> None:
    seed(patients=20)
    for kind, value in ContactPoint.objects.values_list("kind", "value"):
        assert value.endswith("@example.org") if kind == "email" else value[-7:-2] == "55501"


@pytest.mark.django_db
def test_one_log_in_per_role_with_its_rights() -> None:
    seed(patients=4)
    out = StringIO()
    call_command("demo_logins", stdout=out)
    for role, (email, _) in LOG_INS.items():
        assert f"{email} " in out.getvalue()
        user = authenticate(username=email, password=PASSWORD)
        assert isinstance(user, User)
        assert {held.role for held in user.role_assignments.all()} == {role}
    assert len(PASSWORD) >= 15
    nurse = User.objects.get(email=LOG_INS[Role.NURSE][0])
    assert len(sites_with_permission(nurse, Permission.RECORD_DOSES)) == 2


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_people() -> None:
    seed(patients=6, seed=7)
    first = people()
    for model in (Appointment, AuditEntry):
        assert model.objects.exists()
    with pytest.raises(CommandError, match="has patients already"):
        seed(patients=6, seed=7)
    assert "nothing seeded" in seed(patients=6, if_empty=True)
    assert people() == first


def people() -> list[tuple[str, date, int]]:
    return [
        (str(patient), patient.birth_date, patient.doses.count())
        for patient in Patient.objects.order_by("id")
    ]


@pytest.mark.django_db
def test_only_in_a_demonstration(settings: Any) -> None:
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="MAINSTAY_MODE"):
        seed(patients=1)
    for options in ({}, {"all_sites": True}):
        with pytest.raises(CommandError, match="MAINSTAY_MODE"):
            call_command("demo_logins", **options)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_log_ins_for_a_clinic_that_was_imported() -> None:
    out, err = StringIO(), StringIO()
    call_command("demo_logins", stdout=out, stderr=err)
    assert (out.getvalue(), "no demonstration clinic" in err.getvalue()) == ("", True)
    site = Site.objects.create(code="north", name="North", neutral_name="North")
    call_command("demo_logins", all_sites=True, stdout=out)
    assert "prescriber@example.org" in out.getvalue()
    director = User.objects.get(email=LOG_INS[Role.CLINICAL_DIRECTOR][0])
    assert sites_with_permission(director, Permission.SEE_OUTCOMES) == {site.pk}


@pytest.mark.django_db
def test_a_bounded_ledger_keeps_the_last_doses() -> None:
    seed(patients=20, doses_per_patient=5)
    per_episode = Counter(DoseRecord.objects.values_list("episode_id", flat=True))
    assert max(per_episode.values()) == 5


@given(st.integers(0, 10_000))
def test_stays_make_sense(seed_number: int) -> None:
    stays = imagine_course(random=Random(seed_number), today=TODAY)
    for stay in stays:
        assert stay.start <= stay.last_visit <= TODAY
        assert (stay.end is None) == (stay.reason is None)
        assert stay.start.weekday() < 5
        assert len({dose.day for dose in stay.doses}) == len(stay.doses)
        assert all(stay.start <= dose.day <= TODAY for dose in stay.doses)
        assert all(dose.taken is Taken.MISSED for dose in stay.doses if dose.day > stay.last_visit)
        assert set(stay.overdoses) <= set(stay.returns_to_use)
    for earlier, later in pairwise(stays):
        assert earlier.end is not None
        assert earlier.end < later.start


@given(st.integers(0, 10_000))
def test_methadone_starts_low_and_rises_slowly(seed_number: int) -> None:
    random = Random(seed_number)
    titration = titration_for(random=random, regimen=Regimen.METHADONE)
    start = date(2025, 6, 2)
    end = start + timedelta(days=120)
    doses = list(
        oral_doses(
            random=random, titration=titration, first=start, last_visit=end, last_recorded=end
        )
    )
    assert doses[0].mg <= 30
    taken = [dose for dose in doses if dose.taken is not Taken.MISSED]
    for earlier, later in pairwise(taken):
        assert later.mg - earlier.mg <= 10
        if later.taken is Taken.TAKEN_HOME:
            assert later.mg == earlier.mg
    assert all(dose.taken is not Taken.OBSERVED for dose in doses if dose.day.weekday() == 6)
