"""Finding somebody by what one remembers or hears: forgiving, ranked, and never beyond one's reach."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.paging import page_by_key
from patients.actions.contacts import add_contact_point, add_identifier
from patients.enums import ContactKind
from patients.models import ContactPoint, Patient
from patients.search import read
from tests.support.world import NOW, World

#: As they are known: (family name, given name, preferred name, born).
PEOPLE = [
    ("Johnson", "Mary", "", date(1980, 3, 7)),
    ("Johnston", "Mary", "", date(1981, 4, 8)),
    ("Smith", "Catherine", "Kate", date(1980, 3, 7)),
    ("González", "José", "Pepe", date(1990, 12, 1)),
    ("Martinez", "Ana María", "", date(1975, 7, 3)),
    ("O'Brien", "Sean", "", date(1969, 1, 2)),
    ("Müller-Lyer", "Zoë", "", date(1988, 8, 8)),
    ("Washington", "Tyrone", "Ty", date(1993, 2, 2)),
]


@pytest.fixture
def people(world: World) -> World:
    for family, given, preferred, born in PEOPLE:
        world.register(family, given_name=given, preferred_name=preferred, birth_date=born)
    return world


def found(world: World, typed: str) -> list[str]:
    rows = Patient.objects.visible_to(world.nurse).matching(typed)
    return [row.family_name for row in rows.order_by(*Patient.NEAREST_FIRST)]


@pytest.mark.parametrize(
    ("typed", "family"),
    [
        ("Johnson", "Johnson"),
        ("Jonson", "Johnson"),
        ("Jhonson", "Johnson"),
        ("Johsnon", "Johnson"),
        ("johnsn mary", "Johnson"),
        ("Kathrine", "Smith"),
        ("Smyth", "Smith"),
        ("Smyth Katherine", "Smith"),
        ("kate smith", "Smith"),
        ("Gonzales", "González"),
        ("gonzalez", "González"),
        ("GONZÁLEZ", "González"),
        ("jose gonsales", "González"),
        ("pepe", "González"),
        ("Marinez", "Martinez"),
        ("maria martínez", "Martinez"),
        ("obrien", "O'Brien"),
        ("o'brian", "O'Brien"),
        ("Muller", "Müller-Lyer"),
        ("Zoe", "Müller-Lyer"),
        ("lyer", "Müller-Lyer"),
        ("Washingtn", "Washington"),
        ("Wahsington", "Washington"),
        ("ty", "Washington"),
        ("ington", "Washington"),
    ],
)
def test_the_nearest_is_first(people, typed, family):
    assert found(people, typed)[:1] == [family]


def test_what_is_written_so_comes_before_what_is_like_it(people):
    assert found(people, "johnst") == ["Johnston"]
    assert found(people, "Johnson")[:2] == ["Johnson", "Johnston"]


@pytest.mark.parametrize("typed", ["jo", "ma", "zz", "o'", "sm"])
def test_two_letters_only_begin_a_word(people, typed):
    for family in found(people, typed):
        row = Patient.objects.get(family_name=family)
        words = f"{row.family_name} {row.given_name} {row.preferred_name}".lower()
        assert any(word.startswith(typed) for word in words.replace("é", "e").split()), family


@pytest.mark.parametrize(
    "typed", ["Xavier", "Quentin", "zzqx", "Brzezinski", "%", "_", "\\", "' OR 1"]
)
def test_nobody_wild(people, typed):
    assert found(people, typed) == []


@pytest.mark.parametrize(
    "typed",
    [
        "1980-03-07",
        "3/7/1980",
        "03/07/1980",
        "7 Mar 1980",
        "7 March 1980",
        "March 7, 1980",
        "7. Mar. 1980",
    ],
)
def test_a_birth_date_narrows(people, typed):
    assert found(people, typed) == ["Johnson", "Smith"]
    assert found(people, f"smyth {typed}") == ["Smith"]
    assert found(people, f"{typed} Jonson") == ["Johnson"]


@pytest.mark.parametrize("typed", ["1980-02-31", "13/40/1980", "7 Foo 1980"])
def test_what_is_no_day_is_a_word(typed):
    assert read(typed).birth_date is None
    assert read(typed).words


@pytest.mark.parametrize("typed", ["413-555-0199", "+1 (413) 555 0199", "4135550199"])
def test_who_called(people, typed):
    add_contact_point(
        patient=Patient.objects.get(family_name="Washington"),
        kind=ContactKind.PHONE,
        value="(413) 555-0199",
        may_send_messages=False,
        now=NOW,
        by=people.front_desk,
    )
    assert found(people, typed) == ["Washington"]
    assert found(people, "413-555-0198") == []
    assert found(people, "413-555") == []


def test_who_wrote(people):
    add_contact_point(
        patient=people.patient,
        kind=ContactKind.EMAIL,
        value="Ana.R@Example.org",
        may_send_messages=False,
        now=NOW,
        by=people.front_desk,
    )
    assert found(people, "ana.r@example.org") == ["Rivera"]


def test_another_system_s_number_and_our_own(people):
    add_identifier(
        patient=people.patient, system="MMIS", value="AB 7712", now=NOW, by=people.front_desk
    )
    assert found(people, "AB 7712") == ["Rivera"]
    assert found(people, people.patient.record_number.lower()) == ["Rivera"]
    assert found(people, people.patient.record_number[2:]) == ["Rivera"]


def test_while_keys_change_a_number_is_still_found(people, settings):
    people.reachable()
    settings.BLIND_INDEX_KEYS = ["a key to come " * 5, *settings.BLIND_INDEX_KEYS]
    assert found(people, "555 0101 234") == ["Rivera"]


@pytest.mark.parametrize("typed", ["elsewhere", "Elsewere", "1990-05-17", "5550101777"])
def test_nobody_of_another_site(people, typed):
    add_contact_point(
        patient=people.other_patient,
        kind=ContactKind.PHONE,
        value="555 010 1777",
        may_send_messages=False,
        now=NOW,
        by=people.stranger,
    )
    assert "Elsewhere" not in found(people, typed)
    assert (
        Patient.objects.visible_to(people.stranger).matching(typed).get().family_name == "Elsewhere"
    )


@pytest.mark.parametrize("typed", ["mary", "Jonson", "1980-03-07", "4135550199"])
def test_one_statement_whatever_is_typed(people, typed):
    rows = Patient.objects.visible_to(people.nurse).matching(typed)
    with CaptureQueriesContext(connection) as seen:
        page_by_key(rows, order=Patient.NEAREST_FIRST, after=None, size=50)
    assert len(seen) == 1


def test_pages_of_a_search_hold_everybody_once_in_order(people):
    for number in range(12):
        people.register(f"Johnson{'e' * (number % 4)}", given_name=f"N{number:02}")
    rows = Patient.objects.visible_to(people.nurse).matching("Jonson")
    everybody = [row.pk for row in rows.order_by(*Patient.NEAREST_FIRST)]
    turned, after = [], None
    while True:
        page = page_by_key(rows, order=Patient.NEAREST_FIRST, after=after, size=5)
        turned += [row.pk for row in page.rows]
        after = page.next_after
        if after is None:
            break
    assert turned == everybody
    assert len(everybody) >= 13


def test_rows_written_in_bulk_are_found_too(people):
    Patient.objects.bulk_create(
        Patient(
            site=people.here,
            given_name="Bulk",
            family_name=family,
            birth_date=date(1970, 1, 1),
            recorded_at=NOW,
        )
        for family in ("Abercrombie", "Zimmermann")
    )
    assert found(people, "Abercromby") == ["Abercrombie"]
    assert found(people, "Zimerman") == ["Zimmermann"]
    Patient.objects.filter(family_name="Zimmermann").update(family_name="Fitzgerald")
    assert found(people, "Fitzgerlad") == ["Fitzgerald"]
    assert found(people, "Zimerman") == []


def test_the_page_and_the_admin_find_the_same(people, sign_in):
    client = sign_in(people.front_desk)
    for typed in ("Gonsales", "7 Mar 1980 smyth"):
        page = client.post("/patients", {"words": typed}).content.decode()
        listed = client.post("/admin/patients/patient/", {"q": typed}).content.decode()
        family = found(people, typed)[0]
        assert family in page
        assert family in listed
        assert "Washington" not in page + listed


def _add_numbers(patient: Patient) -> None:
    """So many that a number's own index is the short way to it."""
    ContactPoint.objects.bulk_create(
        ContactPoint(
            patient=patient,
            kind=ContactKind.PHONE,
            value=f"+1413555{number:04}",
            recorded_at=NOW,
        )
        for number in range(1000, 1600)
    )


@pytest.mark.parametrize(
    ("typed", "indexes"),
    [
        ("Jonson", {"patient_by_words", "patient_by_sound"}),
        ("Jonson mary", {"patient_by_words", "patient_by_sound"}),
        ("jo", {"patient_by_words"}),
        ("1980-03-07", {"patient_by_birth_date"}),
        ("4135550199", {"patient_by_words", "contact_point_by_value", "identifier_"}),
    ],
)
def test_an_index_answers_each_way(people, typed, indexes):
    """Among these few rows the planner is told not to read the table whole."""
    _add_numbers(people.patient)
    with connection.cursor() as cursor:
        # What it knows of the tables does not depend on which tests went before.
        cursor.execute("ANALYZE patients_patient, patients_contactpoint, patients_identifier")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    plan = Patient.objects.matching(typed).explain()
    assert "Seq Scan" not in plan
    assert {name for name in indexes if name in plan} == indexes
