"""Whoever holds a copy of every table reads no number, address or free word of a patient."""

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from patients.actions.contacts import add_identifier
from patients.actions.people import update_patient
from patients.models import ContactPoint, Identifier, Patient
from reminders.models import Reminder
from tests.support import action_cases
from tests.support.world import NOW, World
from vault.encrypted_fields import EncryptedListField, encrypted_fields_of
from vault.key_rotation import encrypted_models

#: So short a word would be met by chance in random bytes.
SHORTEST = 5
#: Written into an encrypted column, and a word of a list elsewhere: that says nothing of the person.
WORDS_OF_LISTS = {
    "Opioid use disorder",  # a plan's problem, and the beginning of a diagnosis code's description
}


def dump() -> bytes:
    """Every table as it would leave with the files: text as text, bytes as bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            with cursor.copy(f'COPY (SELECT * FROM "{table}") TO STDOUT (FORMAT binary)') as copy:  # noqa: S608
                found += [bytes(part) for part in copy]
    return b"".join(found)


def written() -> set[str]:
    """Every text of every encrypted column, as the program reads it."""
    texts: set[str] = set()
    for model in encrypted_models():
        for field in encrypted_fields_of(model):
            for value in model._default_manager.values_list(field.name, flat=True):
                texts.update(value if isinstance(field, EncryptedListField) else [value])
    return {text for text in texts if len(text) >= SHORTEST} - WORDS_OF_LISTS


def in_the_clear(texts: set[str]) -> set[str]:
    copy = dump()
    return {text for text in texts if text.encode() in copy}


@pytest.mark.parametrize("name", action_cases.DEEDS)
def test_no_deed_leaves_what_was_written_in_the_clear(world: World, name: str):
    world.reachable()
    action_cases.before(world, name)()
    texts = written()
    assert in_the_clear(texts) == set(), name
    # The copy is a real one: what stands in the clear by decision is found in it.
    assert in_the_clear({"Rivera"}) == {"Rivera"}


def test_a_seeded_clinic(db):
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        call_command("seed_demo", patients=40, verbosity=0)
    patient = Patient.objects.select_related("site").first()
    assert patient is not None
    texts = written()
    assert len(texts) > 200
    numbers = set(ContactPoint.objects.values_list("value", flat=True))
    assert len(numbers) > 70
    assert in_the_clear(texts | numbers) == set()


def test_the_trail_holds_no_value(world):
    """A deed's detail names fields, never what stands in them."""
    update_patient(
        patient=world.patient,
        person={"pronouns": "they, them", "gender_identity": "Non-binary"},
        version=1,
        now=NOW,
        by=world.front_desk,
    )
    add_identifier(
        patient=world.patient, system="MMIS", value="AB-771234", now=NOW, by=world.front_desk
    )
    assert Identifier.objects.get().value == "AB-771234"
    assert in_the_clear({"they, them", "Non-binary", "AB-771234"}) == set()


def test_what_a_gateway_said_and_what_was_sent(world):
    """Mail servers repeat the address in their refusals."""
    action_cases.before(world, "reminders.send_again")
    Reminder.objects.update(
        failure="550 <ana@example.org>: no such user", body="Ana, see you on Tuesday at 10."
    )
    assert in_the_clear({"ana@example.org", "Tuesday at 10"}) == set()
