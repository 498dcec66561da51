"""Encrypted columns in the product: text for Python, bytes for everybody else."""

from datetime import date
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F

from patients.actions.contacts import add_contact_point, add_identifier
from patients.actions.findings import record_event
from patients.enums import ContactKind, EventKind
from patients.models import ClinicalEvent, Consent, ContactPoint, EmergencyContact, Identifier
from tests.support.world import NOW, TODAY
from vault.encrypted_fields import column_path
from vault.errors import DecryptionError, EncryptedColumnError


def kept(table: str, column: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY id")  # noqa: S608
        return [bytes(value) for (value,) in cursor.fetchall()]


def write(statement: str, values: list[Any] | None = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def event(world, note: str) -> ClinicalEvent:
    return record_event(
        patient=world.patient,
        kind=EventKind.OVERDOSE,
        occurred_date=TODAY,
        note=note,
        now=NOW,
        by=world.prescriber,
    )


def points(world, *values: str) -> list[ContactPoint]:
    return [
        ContactPoint(patient=world.patient, kind=ContactKind.PHONE, value=value, recorded_at=NOW)
        for value in values
    ]


def test_python_reads_what_it_wrote(world):
    row = event(world, "Found at home by her sister")
    assert ClinicalEvent.objects.get(pk=row.pk).note == "Found at home by her sister"
    assert ClinicalEvent.objects.only("kind").get(pk=row.pk).note == "Found at home by her sister"
    assert ClinicalEvent.objects.defer("note").get().note == "Found at home by her sister"
    assert list(ClinicalEvent.objects.values_list("note", flat=True)) == [row.note]
    assert b"sister" not in kept("patients_clinicalevent", "note")[0]


@pytest.mark.parametrize("note", ["0", "False", ""])
def test_short_ones_come_back(world, note):
    event(world, note)
    assert ClinicalEvent.objects.get().note == note


def test_whether_there_is_something_can_be_asked(world):
    event(world, "")
    said = event(world, "said")
    assert ClinicalEvent.objects.exclude(note="").get() == said
    assert ClinicalEvent.objects.filter(note="").count() == 1
    assert ClinicalEvent.objects.filter(note__isnull=True).count() == 0
    assert ClinicalEvent.objects.filter(pk__in=ClinicalEvent.objects.exclude(note="")).count() == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"note": "words"},
        {"note__contains": "o"},
        {"note__icontains": "o"},
        {"note__gt": ""},
        {"note__in": ["words"]},
        {"note__regex": "."},
        {"note__length": 3},
        {"patient__contact_points__value": "5550101"},
        {"patient__emergency_contacts__name__startswith": "A"},
    ],
)
def test_any_other_filter_is_refused(world, asked):
    with pytest.raises(EncryptedColumnError):
        list(ClinicalEvent.objects.filter(**asked))


@pytest.mark.parametrize("order", ["note", "-note", "patient__emergency_contacts__name"])
def test_rows_have_no_order_by_it(world, order):
    with pytest.raises(EncryptedColumnError):
        list(ClinicalEvent.objects.order_by(order))


def test_a_list_is_one_value(world):
    paper = world.consent()
    assert Consent.objects.get().recipients == paper.recipients
    assert Consent.objects.exclude(recipients="").count() == 1
    assert not any(
        word.encode() in kept("patients_consent", "recipients")[0] for word in paper.recipients
    )


# --- what the database refuses --------------------------------------------------------------------


@pytest.mark.parametrize("words", ["in the clear", "x" * 69, "x" * 101])
def test_nothing_in_the_clear_can_be_written(world, words):
    event(world, "first")
    with pytest.raises(IntegrityError, match="sealed_check"):
        write("UPDATE patients_clinicalevent SET note = %s::bytea", [words])


def test_a_value_moved_to_another_column_is_refused(world):
    EmergencyContact.objects.create(
        patient=world.patient, name="Luz", phone="5550109", relationship="sister", recorded_at=NOW
    )
    write("UPDATE patients_emergencycontact SET name = phone")
    with pytest.raises(DecryptionError, match="another column"):
        list(EmergencyContact.objects.all())


def test_a_value_moved_to_another_row_of_its_column_is_not_noticed(world):
    """Said as it is in decision 13: the row is not bound. Frozen tables refuse the move by trigger."""
    first, second = event(world, "of the first"), event(world, "of the second")
    write(
        "UPDATE patients_clinicalevent a SET note = b.note FROM patients_clinicalevent b"
        " WHERE a.id = %s AND b.id = %s",
        [first.pk, second.pk],
    )
    assert ClinicalEvent.objects.get(pk=first.pk).note == "of the second"


def test_a_changed_byte_is_refused(world):
    event(world, "words")
    write("UPDATE patients_clinicalevent SET note = set_byte(note, 40, get_byte(note, 40) # 1)")
    with pytest.raises(DecryptionError):
        ClinicalEvent.objects.get()


# --- found by its hash ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["555 010-1234", "(555) 0101234", "+1 555 010 1234", "15550101234"]
)
def test_a_number_is_found_however_it_is_written(world, typed):
    world.reachable()
    write_as = ContactPoint.objects.get()
    assert ContactPoint.objects.of_value("555 0101 234").get() == write_as
    assert ContactPoint.objects.of_value(typed).get() == write_as
    assert not ContactPoint.objects.of_value("555 010 1235").exists()


def test_an_address_is_found_in_capitals(world):
    world.reachable(kind=ContactKind.EMAIL)
    assert ContactPoint.objects.of_value(" Ana@Example.ORG").exists()


def test_in_bulk_the_hash_is_set_too(world):
    ContactPoint.objects.bulk_create(points(world, "5550101", "5550102", "5550103"))
    assert ContactPoint.objects.of_value("555-0102").count() == 1
    Identifier.objects.bulk_create(
        [
            Identifier(
                patient=world.patient,
                site=world.here,
                system="MMIS",
                value=f"A {n}",
                recorded_at=NOW,
            )
            for n in range(3)
        ]
    )
    assert Identifier.objects.of_value("A  2").get().value == "A 2"


def test_saving_moves_the_hash_with_the_value(world):
    world.reachable()
    point = ContactPoint.objects.get()
    point.value = "5559999"
    point.save()
    assert ContactPoint.objects.of_value("555-9999").get() == point
    assert not ContactPoint.objects.of_value("5550101234").exists()


def test_an_update_that_would_part_them_is_refused(world):
    world.reachable()
    with pytest.raises(EncryptedColumnError):
        ContactPoint.objects.update(value="5559999")
    assert ContactPoint.objects.update(is_active=False) == 1


def test_a_row_without_a_whole_hash_is_refused(world):
    world.reachable()
    for made in (b"", b"short", b"x" * 33):
        with pytest.raises((IntegrityError, DataError)):
            write("UPDATE patients_contactpoint SET value_hash = %s", [made])


def test_listing_it_again_is_one_row(world):
    for value in ("555 010 1234", "+1 (555) 010-1234"):
        add_contact_point(
            patient=world.patient,
            kind=ContactKind.PHONE,
            value=value,
            may_send_messages=False,
            now=NOW,
            by=world.front_desk,
        )
    assert ContactPoint.objects.count() == 1
    with pytest.raises(IntegrityError, match="contact_point_listed_once"), transaction.atomic():
        ContactPoint.objects.bulk_create(points(world, "1 555 010 1234"))


def test_while_keys_change_an_identifier_still_names_one_person(world, settings):
    from common.errors import Conflict

    number = {"system": "MMIS", "value": "77", "now": NOW, "by": world.front_desk}
    add_identifier(patient=world.patient, **number)
    settings.BLIND_INDEX_KEYS = ["a key to come " * 5, *settings.BLIND_INDEX_KEYS]
    with pytest.raises(Conflict):
        add_identifier(patient=world.register("Another", birth_date=date(1970, 1, 1)), **number)


def test_a_column_cannot_be_copied_by_expression(world):
    """`F` would carry ciphertext over, which nobody could read there."""
    EmergencyContact.objects.create(
        patient=world.patient, name="Luz", phone="5550109", recorded_at=NOW
    )
    with pytest.raises(EncryptedColumnError):
        EmergencyContact.objects.update(name=F("phone"))


def test_a_renamed_model_keeps_the_path_that_its_rows_were_encrypted_with():
    """The path is part of the key and of the authenticated data: another one would not decrypt."""
    from reminders.models import MessagePreferences
    from treatments.models import CounselingNote

    assert column_path(CounselingNote, "words") == "treatments.counsellingnote.words"
    assert column_path(MessagePreferences, "alias") == "reminders.messagewishes.alias"
    assert CounselingNote._meta.get_field("words").column_path == "treatments.counsellingnote.words"
