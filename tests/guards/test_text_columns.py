"""Every column that can hold text is encrypted, or stands here with the reason why not."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from vault.encrypted_fields import ENCRYPTED_MARK, BlindIndexField, EncryptedFieldMixin

OURS = ("access", "patients", "treatments", "dispensary", "appointments", "reminders")

SEARCH = "search by prefix, misspelling and sound needs it (decision 13)"
STAFF = "of the clinic and its staff; no patient stands in it"
LIST = "words of a list in the code, or of the clinic's set-up; nobody writes freely there"
TRAIL = "the trail: labels and ids, no clinical text; who reads it may not hold the keys"
DIGEST = "a digest or a name of a key"

CLEAR = {
    "access.Site.code": STAFF,
    "access.Site.name": STAFF,
    "access.Site.neutral_name": STAFF,
    "access.Site.phone": STAFF,
    "access.Site.address": STAFF,
    "access.Site.time_zone": STAFF,
    "access.User.password": DIGEST,
    "access.User.email": STAFF,
    "access.User.name": STAFF,
    "access.StaffSession.session_key": STAFF,
    "access.StaffSession.browser": STAFF,
    "access.ApiToken.name": STAFF,
    "access.ApiToken.digest": DIGEST,
    "access.ApiToken.rights": LIST,
    "access.AuditEntry.actor_label": TRAIL,
    "access.AuditEntry.actor_role": TRAIL,
    "access.AuditEntry.action": TRAIL,
    "access.AuditEntry.object_type": TRAIL,
    "access.AuditEntry.detail": TRAIL,
    "access.AuditBatch.key_name": DIGEST,
    "access.AuditArchive.ids": TRAIL,
    "access.AuditArchive.file_name": TRAIL,
    "access.AuditArchive.file_digest": DIGEST,
    "access.AuditArchive.key_name": DIGEST,
    "patients.Patient.record_number": SEARCH,
    "patients.Patient.given_name": SEARCH,
    "patients.Patient.family_name": SEARCH,
    "patients.Patient.preferred_name": SEARCH,
    "patients.Patient.search_text": SEARCH,
    "patients.Patient.name_keys": SEARCH,
    "patients.Patient.language": LIST,
    "patients.Identifier.system": "names the other system, not the person",
    "patients.Program.code": STAFF,
    "patients.Program.name": STAFF,
    "patients.PrivacyNotice.version": LIST,
    "patients.Disclosure.discloser_name": STAFF,
    "patients.Diagnosis.code": LIST,
    "patients.Diagnosis.description": LIST,
    "treatments.Intervention.form": LIST,
    "treatments.DrugTestResult.substance": "a name on a test's panel, as codes are",
    "dispensary.NaloxoneOffer.lot": "the maker's number of a batch: a recall looks for it",
    "appointments.AppointmentType.code": STAFF,
    "appointments.AppointmentType.name": STAFF,
    "appointments.Room.name": STAFF,
    "appointments.Closure.name": STAFF,
    "appointments.KioskDevice.name": STAFF,
    "appointments.KioskDevice.digest": DIGEST,
    "appointments.CalendarFeed.digest": DIGEST,
    "appointments.AppointmentSeries.rule": LIST,
    "appointments.Appointment.check_in_code": "digits drawn at random; alone they open nothing",
    "reminders.Reminder.gateway_reference": "the gateway's own number of a message",
    "reminders.IncomingText.gateway_reference": "the gateway's own number of a text",
    "reminders.MessageText.text": STAFF,
    "reminders.MessagePreferences.time_zone": LIST,
    "reminders.JobRun.name": LIST,
    "reminders.JobRun.counts": LIST,
    "reminders.JobRun.failure": "the name of an error's class",
}


def can_hold_text(field: Any) -> bool:
    if isinstance(field, models.GeneratedField):
        return can_hold_text(field.output_field)
    if isinstance(field, ArrayField):
        return can_hold_text(field.base_field)
    holds = isinstance(
        field, models.CharField | models.TextField | models.JSONField | EncryptedFieldMixin
    )
    return holds and not field.choices


TEXTS = {
    f"{model._meta.label}.{field.name}": field
    for app in OURS
    for model in apps.get_app_config(app).get_models()
    for field in model._meta.concrete_fields
    if can_hold_text(field)
}


def test_every_text_column_is_decided():
    encrypted = {name for name, field in TEXTS.items() if isinstance(field, EncryptedFieldMixin)}
    undecided = set(TEXTS) - encrypted - set(CLEAR)
    assert not undecided, "encrypt it (vault.fields), or say in CLEAR why it stands in the clear"
    assert not encrypted & set(CLEAR)
    assert set(CLEAR) <= set(TEXTS), "a column that is gone"


def test_nothing_but_bytes_stands_in_encrypted_columns(db):
    """What the database itself says of each: its domain takes nothing in the clear."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE domain_name = %s",
            [ENCRYPTED_MARK],
        )
        sealed = {name for (name,) in cursor.fetchall()}
    assert sealed == {
        f"{field.model._meta.db_table}.{field.column}"
        for field in TEXTS.values()
        if isinstance(field, EncryptedFieldMixin)
    }


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model.__name__)
def test_no_order_index_or_constraint_leans_on_ciphertext(model):
    sealed = {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedFieldMixin)
    }
    assert not sealed & {str(name).lstrip("-") for name in model._meta.ordering}
    for index in model._meta.indexes:
        assert not sealed & {name.lstrip("-") for name in index.fields}
    for constraint in model._meta.constraints:
        assert not sealed & set(getattr(constraint, "fields", ()))


def test_a_blind_index_stands_beside_what_it_finds():
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, BlindIndexField):
                assert isinstance(model._meta.get_field(field.of), EncryptedFieldMixin)
