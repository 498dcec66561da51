"""The trail: in the deed's transaction, append-only, and no deed without it."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from access.audit.record import OutsideTransaction, record
from access.enums import AuditAction
from access.models import AuditEntry
from tests.support.action_cases import DEEDS, before
from tests.support.truncate import NEVER_EMPTIED
from tests.support.world import NOW


@pytest.mark.django_db(transaction=True)
def test_an_audit_row_needs_a_transaction():
    from tests.support.world import make_world

    world = make_world()
    with pytest.raises(OutsideTransaction):
        record(AuditAction.ADMIT, on=world.patient, now=NOW, by=world.nurse)


@pytest.mark.parametrize(
    "statement", ["UPDATE access_auditentry SET action = 'x'", "DELETE FROM access_auditentry"]
)
def test_rows_are_never_changed_or_removed(world, statement):
    assert AuditEntry.objects.exists()
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("name", DEEDS)
def test_every_deed_leaves_a_row_that_names_who(world, name):
    deed = before(world, name)
    known = AuditEntry.objects.count()
    by = deed()
    rows = AuditEntry.objects.order_by("-id")[: AuditEntry.objects.count() - known]
    assert rows
    assert {row.actor_id for row in rows} == {by.pk}


@pytest.mark.parametrize("name", DEEDS)
def test_no_audit_no_deed(world, name):
    """With the trail broken, each deed fails and every table is as it was."""
    deed = before(world, name)
    tables = [
        table for table in connection.introspection.table_names() if table != "django_session"
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION break_trail() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'trail broken'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER break_trail BEFORE INSERT ON access_auditentry "
            "FOR EACH ROW EXECUTE FUNCTION break_trail()"
        )
    image = {table: _content(table) for table in tables}
    with pytest.raises(DatabaseError, match="trail broken"), transaction.atomic():
        deed()
    assert {table: _content(table) for table in tables} == image


def _content(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")  # noqa: S608
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("table", NEVER_EMPTIED)
def test_what_must_stay_cannot_be_emptied(db, table):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {NEVER_EMPTIED[table]}")
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "name",
    ["patients.record_diagnosis", "treatments.record_drug_test", "patients.add_contact_point"],
)
def test_every_row_about_a_patient_says_at_which_site(world, name):
    known = AuditEntry.objects.count()
    before(world, name)()
    rows = AuditEntry.objects.order_by("-id")[: AuditEntry.objects.count() - known]
    assert {row.site_id for row in rows if row.patient_id} == {world.here.pk}


def test_a_row_about_a_patient_without_a_site_is_refused(world):
    with pytest.raises(IntegrityError, match="audit_of_a_patient_has_a_site"):
        AuditEntry.objects.create(
            at=NOW, actor_label="x", action="x", object_type="x", patient_id=world.patient.pk
        )
