"""Whatever is done to a sealed row by somebody who owns the tables is found and named."""

import threading
import time
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models import F
from django.utils import timezone

from access.audit.hash_chain import extend_hash_chain, verify_audit_trail
from access.audit.record import record
from access.enums import AuditAction
from access.models import AuditBatch, AuditEntry
from tests.support.world import NOW, make_world

#: Any actions, one for each entry.
ACTIONS = list(AuditAction)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return make_world()


TRIGGERS = {
    "access_auditentry": "audit_is_append_only",
    "access_auditseal": "seal_is_append_only",
}


@contextmanager
def owner():
    """SQL as the owner of the tables, with the triggers off."""
    with connection.cursor() as cursor:
        for table, trigger in TRIGGERS.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield cursor
        for table, trigger in TRIGGERS.items():
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def seal(rows):
    """Batch until so many more are sealed: tests beside this one keep transactions open, too."""
    left = rows
    for _ in range(600):
        left -= extend_hash_chain(now=NOW)
        if left <= 0:
            return
        time.sleep(0.1)
    raise AssertionError(f"{left} of {rows} rows are not sealed")


def newest():
    return AuditBatch.objects.order_by("-number")[0]


def write(world, number):
    for index in range(number):
        with transaction.atomic():
            record(ACTIONS[index], on=world.patient, now=NOW, by=world.nurse)


@pytest.fixture
def sealed(world):
    """Three seals over some thirty rows."""
    seal(AuditEntry.objects.count())
    for _ in range(2):
        write(world, 8)
        seal(8)
    assert AuditBatch.objects.count() >= 3
    assert verify_audit_trail().faults == ()
    return list(AuditEntry.objects.order_by("id").values_list("id", flat=True))


def named(faults):
    return " ".join(str(fault) for fault in faults)


def test_an_untouched_trail_verifies_and_says_its_head(sealed):
    verdict = verify_audit_trail()
    assert (verdict.rows, verdict.unsealed, verdict.faults) == (len(sealed), 0, ())
    assert verdict.head == str(newest())
    assert verify_audit_trail(expected_head=verdict.head).faults == ()


@pytest.mark.parametrize(
    "change",
    [
        "actor_label = 'Somebody else'",
        "at = at + interval '1 microsecond'",
        "patient_id = patient_id + 1",
        'detail = \'{"page": "other"}\'',
        "origin = '192.0.2.1'",
        "kind = 'read'",
        "transaction_number = transaction_number + 1",
    ],
)
@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_row_is_named(sealed, change, place):
    with owner() as cursor:
        statement = f"UPDATE access_auditentry SET {change} WHERE id = %s"  # noqa: S608
        cursor.execute(statement, [sealed[place]])
    (fault, *more) = verify_audit_trail().faults
    assert f"Row {sealed[place]} was changed" in str(fault)
    assert not more


def test_a_removed_row_is_named(sealed):
    with owner() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE id = %s", [sealed[5]])
    assert named(verify_audit_trail().faults).startswith(f"Row {sealed[5]} was removed (batch ")


def test_swapped_rows_are_named(sealed):
    one, other = sealed[3], sealed[-5]
    with owner() as cursor:
        cursor.execute("UPDATE access_auditentry SET id = -1 WHERE id = %s", [one])
        cursor.execute("UPDATE access_auditentry SET id = %s WHERE id = %s", [one, other])
        cursor.execute("UPDATE access_auditentry SET id = %s WHERE id = -1", [other])
    faults = named(verify_audit_trail().faults)
    assert f"Row {one} was changed" in faults
    assert f"Row {other} was changed" in faults


def test_a_row_slipped_in_afterwards_is_named(sealed):
    with owner() as cursor:
        cursor.execute(
            "INSERT INTO access_auditentry (at, kind, actor_label, actor_role, action, object_type,"
            " detail, transaction_number) SELECT at, kind, 'Forger', '', action, object_type, detail,"
            " transaction_number FROM access_auditentry WHERE id = %s RETURNING id",
            [sealed[4]],
        )
        (forged,) = cursor.fetchone()
    assert f"Row {forged} was added afterwards" in named(verify_audit_trail().faults)


def test_an_altered_or_missing_seal_is_named(sealed):
    with owner():
        AuditBatch.objects.filter(number=2).update(count=F("count") + 1)
    assert "Batch 2 was altered" in named(verify_audit_trail().faults)
    with owner():
        AuditBatch.objects.filter(number=2).delete()
    assert "Batch 2 is missing" in named(verify_audit_trail().faults)


def test_a_seal_cannot_be_made_without_the_key(sealed, world, settings):
    with owner() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE id = %s", [sealed[-1]])
        last = newest()
        last.delete()
    right = settings.AUDIT_CHAIN_KEYS
    settings.AUDIT_CHAIN_KEYS = ["a guess"]
    write(world, 2)
    seal(last.count - 1 + 2)
    settings.AUDIT_CHAIN_KEYS = right
    assert "made with a key that is not in AUDIT_CHAIN_KEYS" in named(verify_audit_trail().faults)


def test_keys_rotate(sealed, world, settings):
    settings.AUDIT_CHAIN_KEYS = ["the next one", *settings.AUDIT_CHAIN_KEYS]
    write(world, 2)
    seal(2)
    assert verify_audit_trail().faults == ()
    assert AuditBatch.objects.values("key_name").distinct().count() == 2


def test_a_cut_end_is_found_by_a_head_noted_elsewhere(sealed):
    head = verify_audit_trail().head
    last = newest()
    with owner() as cursor:
        cursor.execute(
            "DELETE FROM access_auditentry WHERE transaction_number > %s",
            [AuditBatch.objects.get(number=last.number - 1).last_transaction],
        )
        last.delete()
    assert verify_audit_trail().faults == ()
    assert "the end was cut" in named(verify_audit_trail(expected_head=head).faults)


def test_a_transaction_that_is_still_open_is_waited_for(world):
    seal(AuditEntry.objects.count())
    before = AuditBatch.objects.count()
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            record(AuditAction.ADMIT, on=world.patient, now=NOW, by=world.nurse)
            begun.set()
            go_on.wait(10)
        connections.close_all()

    writer = threading.Thread(target=slow)
    writer.start()
    begun.wait(10)
    write(world, 3)
    assert extend_hash_chain(now=NOW) == 0
    go_on.set()
    writer.join()
    seal(4)
    assert AuditBatch.objects.count() == before + 1
    assert verify_audit_trail().faults == ()


def test_many_writers_and_two_sealers_leave_one_chain(world):
    def work(index):
        for _ in range(15):
            if index < 4:
                write(world, 1)
            else:
                extend_hash_chain(now=timezone.now())
        connections.close_all()

    threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal(verify_audit_trail().unsealed)
    verdict = verify_audit_trail()
    assert (verdict.faults, verdict.unsealed) == ((), 0)
    assert verdict.rows == AuditEntry.objects.count()


def test_long_trails_are_sealed_in_stretches(world, monkeypatch):
    monkeypatch.setattr("access.audit.digests.BATCH", 7)
    monkeypatch.setattr("access.audit.hash_chain.BATCH", 7)
    with transaction.atomic():
        for index in range(30):
            record(ACTIONS[index], on=world.patient, now=NOW, by=world.nurse)
    seal(AuditEntry.objects.count())
    assert max(AuditBatch.objects.values_list("count", flat=True)) == 7
    assert verify_audit_trail().faults == ()
    victim = AuditEntry.objects.get(action=ACTIONS[17]).pk
    with owner() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE id = %s", [victim])
    assert len(verify_audit_trail().faults) == 1


def test_a_restored_database_goes_on_with_the_chain(sealed, world, monkeypatch):
    """A new server counts its transactions from the start: pretend the old one was far ahead."""
    with owner() as cursor:
        cursor.execute(
            "UPDATE access_auditentry SET transaction_number = transaction_number + 10^9"
        )
        AuditBatch.objects.all().delete()
    monkeypatch.setattr("access.audit.hash_chain._ended", lambda rows: rows)
    extend_hash_chain(now=NOW)
    monkeypatch.undo()
    assert AuditBatch.objects.get().last_transaction > 10**9
    write(world, 3)
    seal(3)
    assert verify_audit_trail().faults == ()


def test_the_command_says_what_it_saw_and_fails_when_touched(sealed):
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert "Every sealed row is as it was written." in said.getvalue()
    with owner() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE id = %s", [sealed[1]])
    wrong = StringIO()
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_audit", stdout=StringIO(), stderr=wrong)
    assert f"Row {sealed[1]} was removed" in wrong.getvalue()
