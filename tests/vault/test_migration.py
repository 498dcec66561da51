"""Rows that were there before are encrypted by the migration, frozen ones too, and it can be undone."""

from django.core.management import call_command
from django.db import connection

from patients.models import ContactPoint
from tests.support import action_cases
from tests.support.truncate import let_tables_be_emptied
from tests.support.world import make_world
from tests.vault.test_rotation import contents

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
    "treatments.write_counseling_note",
    "reminders.send_again",
)


def write_the_number_in_another_way(patient_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_contactpoint (patient_id, kind, value, may_send_messages,"
            " may_leave_message, is_shared, is_active, recorded_at)"
            " VALUES (%s, 'phone', '+15550101234', false, false, false, true, now())",
            [patient_id],
        )


def test_there_and_back(transactional_db):
    world = make_world()
    for name in WRITING:
        action_cases.before(world, name)()
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
        write_the_number_in_another_way(world.patient.pk)
    finally:
        forward_again()
    after = contents()
    # Two ways of writing one number do not stop it: both stay, and the older keeps its hash.
    assert after["patients.ContactPoint"].pop() == ("+15550101234",)
    assert after == before
    assert ContactPoint.objects.of_value("555 010 1234").count() == 1
    assert ContactPoint.objects.of_value("5550101234").get().value == "5550101234"
