"""Rows that were there before are encrypted by the migration, frozen ones too, and it can be undone."""

from django.core.management import call_command
from django.db import connection

from patients.models import ContactPoint
from tests import deeds
from tests.emptying import let_tables_be_emptied
from tests.vault.test_rotation import contents
from tests.world import make_world

BEFORE = {
    "reminders": "0005",
    "appointments": "0003",
    "dispensary": "0007",
    "treatments": "0006",
    "patients": "0008",
    "access": "0009",
}


def text(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [value for (value,) in cursor.fetchall()]


def forward_again() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        let_tables_be_emptied(cursor)


#: One of each kind of row that triggers freeze, with its words.
WRITING = (
    "dispensary.void_dose",
    "access.review_emergency",
    "patients.decide_restriction",
    "patients.disclose",
    "treatments.write_counselling_note",
    "reminders.send_again",
)


def test_there_and_back(transactional_db):
    world = make_world()
    for name in WRITING:
        deeds.before(world, name)()
    world.consent(recipients=['A "quoted" name', "back\\slash, comma", "ñandú"])
    before = contents()
    assert sum(len(rows) for rows in before.values()) > 3
    try:
        for app, migration in BEFORE.items():
            call_command("migrate", app, migration, verbosity=0)
        assert text("SELECT value FROM patients_contactpoint") == [
            point for (point,) in before["patients.ContactPoint"]
        ]
        lists = [str(value) for value in text("SELECT recipients FROM patients_consent")]
        assert lists == [
            next(str(value) for value in row if isinstance(value, list))
            for row in before["patients.Consent"]
        ]
        for summary in text("SELECT summary FROM treatments_treatmentplan"):
            assert summary == "I want my kids back."
    finally:
        forward_again()
    assert contents() == before
    assert ContactPoint.objects.of_value("555 010 1234").count() == 1


def test_two_ways_of_writing_one_number_do_not_stop_it(transactional_db):
    world = make_world()
    world.reachable()
    point = ContactPoint.objects.get()
    try:
        call_command("migrate", "reminders", "0005", verbosity=0)
        call_command("migrate", "patients", "0008", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO patients_contactpoint (patient_id, kind, value, may_send_messages,"
                " may_leave_message, is_shared, is_active, recorded_at)"
                " VALUES (%s, 'phone', '+15550101234', false, false, false, true, now())",
                [point.patient_id],
            )
    finally:
        forward_again()
    assert {row.value for row in ContactPoint.objects.all()} == {"5550101234", "+15550101234"}
    assert ContactPoint.objects.of_value("5550101234").get().pk == point.pk
