"""Keys are changed while the clinic works, and nothing that is frozen can be changed on the way."""

import threading
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from access.models import AuditEntry
from patients.actions.findings import record_event
from patients.enums import EventKind
from patients.models import ClinicalEvent, ContactPoint
from tests.support.truncate import NEVER_EMPTIED
from tests.support.world import NOW, TODAY, World, make_world
from treatments.models import TreatmentPlan
from vault import key_rotation
from vault.encrypted_fields import encrypted_fields_of
from vault.encryption import key_name, key_name_of
from vault.key_rotation import encrypted_models, rotate, rows_under_old_keys
from vault.table_rewrite import unwatched

OLD, NEW = "the old key, long enough " * 3, "the new key, long enough " * 3


def event(world: World, note: str) -> ClinicalEvent:
    return record_event(
        patient=world.patient,
        kind=EventKind.OVERDOSE,
        occurred_date=TODAY,
        note=note,
        now=NOW,
        by=world.prescriber,
    )


@pytest.fixture
def written(transactional_db: None, settings) -> World:
    """A small clinic written under the old keys, with the new ones in front."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    settings.BLIND_INDEX_KEYS = [OLD + "index"]
    world = make_world()
    world.signed(world.admit())
    world.consent()
    world.reachable()
    for number in range(30):
        event(world, f"Note {number}")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    settings.BLIND_INDEX_KEYS = [NEW + "index", OLD + "index"]
    return world


def keys_in_use() -> set[bytes]:
    return {
        key_name_of(bytes(value))
        for model in encrypted_models()
        for field in encrypted_fields_of(model)
        for value in raw(model._meta.db_table, str(field.column))
        if value
    }


def raw(table: str, column: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608
        return [value for (value,) in cursor.fetchall()]


def run(*options: str) -> str:
    said = StringIO()
    call_command("rotate_keys", *options, stdout=said)
    return said.getvalue()


def contents() -> dict[str, list[tuple[Any, ...]]]:
    return {
        model._meta.label: list(
            model._default_manager.order_by("pk").values_list(
                *(f.name for f in encrypted_fields_of(model))
            )
        )
        for model in encrypted_models()
    }


def test_everything_is_under_the_new_key_and_reads_as_before(written, settings):
    before = contents()
    assert keys_in_use() == {key_name(OLD)}
    assert "30 rows under old keys" in run("--dry-run")
    assert keys_in_use() == {key_name(OLD)}
    assert "0 rows under old keys." in run()
    assert keys_in_use() == {key_name(NEW)}
    # Now the old keys may go.
    settings.FIELD_ENCRYPTION_KEYS, settings.BLIND_INDEX_KEYS = [NEW], [NEW + "index"]
    assert contents() == before
    assert ContactPoint.objects.of_value("555 010 1234").count() == 1
    assert run().startswith("0 rows")


def test_the_trail_says_so(written):
    run()
    begun, done = AuditEntry.objects.filter(action__contains="rotate keys").order_by("id")
    assert begun.action == "begin to rotate keys"
    assert done.detail == {"key": key_name(NEW).hex(), "rows": done.detail["rows"], "left": 0}
    assert done.detail["rows"] > 30


def test_what_was_frozen_is_frozen_afterwards(written):
    run()
    plan = TreatmentPlan.objects.get()
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        TreatmentPlan.objects.filter(pk=plan.pk).update(summary="Something else")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger JOIN pg_class t ON t.oid = tgrelid"
            " WHERE NOT tgisinternal AND tgenabled <> 'O'"
        )
        off = {name for (name,) in cursor.fetchall()}
    assert off == set(NEVER_EMPTIED.values())


def test_while_a_batch_runs_nobody_else_writes_to_a_frozen_table(written):
    """The triggers are off then for whoever could write; so nobody can."""
    plan = TreatmentPlan.objects.get()
    outcome: list[str] = []

    def edit():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '300ms'")
                cursor.execute("UPDATE treatments_treatmentplan SET summary = ''")
            outcome.append("written")
        except (OperationalError, IntegrityError) as problem:
            outcome.append(type(problem.__cause__).__name__)
        connections.close_all()

    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        unwatched(cursor, "treatments_treatmentplan"),
    ):
        other = threading.Thread(target=edit)
        other.start()
        other.join()
        # Reading goes on.
        assert TreatmentPlan.objects.count() == 1
    assert outcome == ["LockNotAvailable"]
    plan.refresh_from_db()
    assert plan.summary == "I want my kids back."


def test_stopped_in_the_middle_it_goes_on_where_it_was(written, monkeypatch):
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 7)
    before = contents()
    batches = rotate(ClinicalEvent)
    next(batches)
    next(batches)
    del batches  # as a kill does: what is committed is committed
    assert rows_under_old_keys(ClinicalEvent) == 16
    assert keys_in_use() == {key_name(OLD), key_name(NEW)}
    assert contents() == before
    run()
    assert keys_in_use() == {key_name(NEW)}
    assert contents() == before


def test_a_batch_that_fails_leaves_nothing_half(written, monkeypatch):
    def broken(*_arguments):
        raise psycopg.OperationalError("the line went dead")

    monkeypatch.setattr(key_rotation, "write_columns", broken)
    with pytest.raises(psycopg.OperationalError):
        run()
    assert keys_in_use() == {key_name(OLD)}
    assert AuditEntry.objects.filter(action="begin to rotate keys").count() == 1
    monkeypatch.undo()


def test_people_write_meanwhile_and_lose_nothing(written, monkeypatch):
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 3)
    stop, failed = threading.Event(), []
    made: list[int] = []

    def work(index: int):
        try:
            while not stop.is_set():
                if index == 0:
                    made.append(event(written, f"Meanwhile {len(made)}").pk)
                elif index == 1:
                    point = ContactPoint.objects.get()
                    point.may_leave_message = not point.may_leave_message
                    point.save()
                else:
                    patient = written.register(f"Newcomer {len(made)}")
                    written.signed(written.admit(patient))
        except Exception as problem:
            failed.append(problem)
        connections.close_all()

    people = [threading.Thread(target=work, args=(index,)) for index in range(3)]
    for person in people:
        person.start()
    run()
    stop.set()
    for person in people:
        person.join()
    assert failed == []
    assert made
    assert keys_in_use() == {key_name(NEW)}
    assert ClinicalEvent.objects.count() == 30 + len(made)
    assert {row.note for row in ClinicalEvent.objects.filter(pk__in=made)} == {
        f"Meanwhile {n}" for n in range(len(made))
    }


def test_a_row_that_somebody_holds_is_met_again_or_said(written, monkeypatch):
    monkeypatch.setattr(key_rotation, "PAUSE_SECONDS", 0.01)
    held, go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(ContactPoint.objects.select_for_update())
            held.set()
            go.wait(10)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    with pytest.raises(CommandError, match="left under old keys"):
        run()
    go.set()
    holder.join()
    assert rows_under_old_keys(ContactPoint) == 1
    run()
    assert rows_under_old_keys(ContactPoint) == 0
