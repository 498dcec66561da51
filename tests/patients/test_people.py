"""People and episodes: what must never be false, and what is said kindly."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from common.errors import Conflict, InvalidInput
from patients.actions.admissions import admit
from patients.actions.contacts import add_contact_point, add_identifier
from patients.actions.discharges import discharge
from patients.actions.findings import record_assessment, record_diagnosis, record_event
from patients.actions.people import register_patient, register_patient_with_contacts, update_patient
from patients.enums import ContactKind, DischargeReason, EventKind, Instrument
from patients.errors import (
    DischargeBeforeAdmission,
    EpisodeAlreadyOpen,
    EpisodeClosed,
    EpisodesOverlap,
    ProbableDuplicate,
    StaleVersion,
)
from patients.models import ContactPoint, Episode, Patient, Program
from tests.support.world import NOW, TODAY


def test_record_numbers_are_drawn_by_the_database(world):
    numbers = {world.register(f"Person{n}").record_number for n in range(3)}
    assert len(numbers) == 3
    assert all(number.startswith("M-") and len(number) == 8 for number in numbers)


@pytest.mark.parametrize(
    "changes",
    [
        {},  # the very same
        {"given_name": "Anna"},  # a slip
        {"family_name": "Rivera-Soto"},  # a married name
        {"birth_date": date(1989, 1, 2), "given_name": "ANA"},  # same name, other date
    ],
)
def test_probable_duplicates_are_shown_first(world, changes):
    with pytest.raises(ProbableDuplicate) as refused:
        register_patient(
            site=world.here, person=world.person(**changes), now=NOW, by=world.front_desk
        )
    assert refused.value.candidates == [world.patient.pk]


def test_day_and_month_swapped_is_a_probable_duplicate(world):
    first = world.register("Okafor", birth_date=date(1980, 3, 7))
    with pytest.raises(ProbableDuplicate) as refused:
        register_patient(
            site=world.here,
            person=world.person("Okafor", given_name="Anna", birth_date=date(1980, 7, 3)),
            now=NOW,
            by=world.front_desk,
        )
    assert first.pk in refused.value.candidates


def test_somebody_else_is_no_duplicate(world):
    patient = register_patient(
        site=world.here,
        person=world.person("Novak", given_name="Peter", birth_date=date(1971, 2, 3)),
        now=NOW,
        by=world.front_desk,
    )
    assert patient.pk


def test_duplicates_at_another_site_are_not_revealed(world):
    patient = register_patient(
        site=world.here, person=world.person("Elsewhere"), now=NOW, by=world.front_desk
    )
    assert patient.pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"given_name": "  "}, "given_name"),
        ({"family_name": ""}, "family_name"),
        ({"birth_date": TODAY + timedelta(days=1)}, "birth_date"),
        ({"birth_date": date(1890, 1, 1)}, "birth_date"),
    ],
)
def test_impossible_people_are_refused_at_their_field(world, changes, field):
    with pytest.raises(InvalidInput) as refused:
        register_patient(
            site=world.here, person=world.person(**changes), now=NOW, by=world.front_desk
        )
    assert refused.value.field == field


def test_registering_with_a_bad_number_leaves_no_half(world):
    count = Patient.objects.count()
    with pytest.raises(InvalidInput) as refused:
        register_patient_with_contacts(
            site=world.here,
            person=world.person("Halfway"),
            phone="call me",
            now=NOW,
            by=world.nurse,
        )
    assert refused.value.field == "phone"
    assert Patient.objects.count() == count


def test_the_second_editor_is_told(world):
    update_patient(
        patient=world.patient, person={"preferred_name": "A"}, version=1, now=NOW, by=world.nurse
    )
    with pytest.raises(StaleVersion):
        update_patient(
            patient=world.patient,
            person={"preferred_name": "B"},
            version=1,
            now=NOW,
            by=world.nurse,
        )
    world.patient.refresh_from_db()
    assert world.patient.preferred_name == "A"


@pytest.mark.parametrize("words", ["riv", "RIVERA", "ana riv", "vera an", "M-0"])
def test_search_is_forgiving(world, words):
    assert world.patient in Patient.objects.visible_to(world.nurse).matching(words)


def test_search_stays_inside_one_s_sites(world):
    assert not Patient.objects.visible_to(world.nurse).matching("elsewhere").exists()


def test_one_open_episode_per_program(world):
    episode = world.admit()
    with pytest.raises(EpisodeAlreadyOpen):
        world.admit()
    discharge(
        episode=episode,
        discharge_date=TODAY,
        reason=DischargeReason.DROPPED_OUT,
        now=NOW,
        by=world.prescriber,
    )
    assert world.admit(days_ago=0).is_open


def test_the_database_itself_allows_one_open_episode(world):
    episode = world.admit()
    with pytest.raises(IntegrityError, match="episode_one_open_per_program"), transaction.atomic():
        Episode.objects.create(
            patient=episode.patient,
            program=episode.program,
            site=episode.site,
            admission_date=TODAY,
            recorded_at=NOW,
        )


@pytest.mark.parametrize("days_ago", [30, 6])
def test_nobody_is_in_one_program_twice_at_a_time(world, days_ago):
    """Admitted before or within a stay that has ended: it would be counted twice."""
    episode = world.admit(days_ago=20)
    discharge(
        episode=episode,
        discharge_date=TODAY - timedelta(days=5),
        reason=DischargeReason.DROPPED_OUT,
        now=NOW,
        by=world.prescriber,
    )
    with pytest.raises(EpisodesOverlap) as refused:
        world.admit(days_ago=days_ago)
    assert refused.value.field == "admission_date"
    assert world.admit(days_ago=5).is_open


def test_the_database_itself_refuses_stays_that_overlap(world):
    episode = world.admit(days_ago=20)
    values = {"patient": episode.patient, "site": episode.site, "recorded_at": NOW}
    ended = {"discharge_date": TODAY, "discharge_reason": "other"}
    with pytest.raises(IntegrityError, match="episode_stays_do_not_overlap"), transaction.atomic():
        Episode.objects.create(
            program=episode.program, admission_date=TODAY - timedelta(days=1), **ended, **values
        )
    other = Program.objects.create(site=world.here, code="second", name="Second")
    assert Episode.objects.create(program=other, admission_date=TODAY, **values)


def test_discharge_is_once_and_not_before_admission(world):
    episode = world.admit(days_ago=3)
    arguments = {"episode": episode, "reason": DischargeReason.COMPLETED, "now": NOW}
    with pytest.raises(DischargeBeforeAdmission):
        discharge(discharge_date=TODAY - timedelta(days=4), by=world.prescriber, **arguments)
    discharge(discharge_date=TODAY, by=world.prescriber, **arguments)
    with pytest.raises(EpisodeClosed):
        discharge(discharge_date=TODAY, by=world.prescriber, **arguments)


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), date(1980, 1, 1)])
def test_admission_is_neither_in_the_future_nor_before_birth(world, day):
    with pytest.raises(InvalidInput):
        admit(
            patient=world.patient,
            program=world.program,
            admission_date=day,
            now=NOW,
            by=world.prescriber,
        )


def test_the_clinic_s_zone_decides_the_day(world):
    """02:00 UTC on the 4th is still the 3rd in New York."""
    late = NOW.replace(day=4, hour=2)
    with pytest.raises(InvalidInput):
        record_event(
            patient=world.patient,
            kind=EventKind.OVERDOSE,
            occurred_date=date(2026, 3, 4),
            now=late,
            by=world.nurse,
        )


def test_only_codes_of_the_list_and_each_once(world):
    with pytest.raises(InvalidInput, match=r"Z79\.891"):
        record_diagnosis(patient=world.patient, code="Z79.891", now=NOW, by=world.prescriber)
    record_diagnosis(patient=world.patient, code="F11.20", now=NOW, by=world.prescriber)
    with pytest.raises(Exception, match="already on the list"):
        record_diagnosis(patient=world.patient, code="F11.20", now=NOW, by=world.prescriber)


@pytest.mark.parametrize(
    ("instrument", "highest"),
    [(Instrument.COWS, 48), (Instrument.PHQ9, 27), (Instrument.GAD7, 21)],
)
def test_scores_stay_in_range(world, instrument, highest):
    arguments = {
        "patient": world.patient,
        "instrument": instrument,
        "assessed_date": TODAY,
        "now": NOW,
        "by": world.nurse,
    }
    assert record_assessment(score=highest, **arguments).score == highest
    with pytest.raises(InvalidInput):
        record_assessment(score=highest + 1, **arguments)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("(617) 555-0142", "6175550142"), ("+1 617 555 0142", "+16175550142")],
)
def test_phone_numbers_are_kept_as_digits(world, typed, kept):
    point = add_contact_point(
        patient=world.patient,
        kind=ContactKind.PHONE,
        value=typed,
        may_send_messages=True,
        now=NOW,
        by=world.nurse,
    )
    assert point.value == kept


def test_saying_a_number_again_changes_what_is_allowed_there(world):
    for allowed in (True, False):
        add_contact_point(
            patient=world.patient,
            kind=ContactKind.PHONE,
            value="555 0101 234",
            may_send_messages=allowed,
            now=NOW,
            by=world.nurse,
        )
    assert ContactPoint.objects.get(patient=world.patient).may_send_messages is False


def test_a_number_of_another_site_s_patient_is_not_told(world):
    """The same answer as for a number that nobody has (42 CFR 2.13(c))."""
    add_identifier(
        patient=world.other_patient, system="ssn", value="078-05-1120", now=NOW, by=world.stranger
    )
    note = {"system": "ssn", "now": NOW, "by": world.front_desk}
    assert add_identifier(patient=world.patient, value="078-05-1120", **note)
    with pytest.raises(Conflict):
        add_identifier(patient=world.register("Santos"), value="078-05-1120", **note)
