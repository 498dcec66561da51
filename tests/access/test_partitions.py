"""Months of the trail leave as files that still verify, and nothing else leaves with them."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from access.actions.accounts import service_account
from access.audit.archive import archive_month, verify_file
from access.audit.hash_chain import verify_audit_trail
from access.audit.partitions import (
    create_partitions_ahead,
    months,
    months_past_retention,
    next_month,
    table_of,
)
from access.audit.record import record
from access.enums import AuditAction
from access.errors import MonthNotSealed
from access.models import AuditArchive, AuditEntry
from tests.access.test_hash_chain import named, owner, seal
from tests.support.world import NOW, make_world

#: Any actions, one for each entry.
ACTIONS = list(AuditAction)

pytestmark = pytest.mark.django_db(transaction=True)
MARCH, APRIL = date(2019, 3, 1), date(2019, 4, 1)
ROWS = 12


@pytest.fixture
def old_months():
    """Tables for two months of 2019, gone again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT keep_trail_months(%s, 1)", [MARCH])
        for month in (MARCH, APRIL):
            cursor.execute(f"ALTER TABLE {table_of(month)} DISABLE TRIGGER trail_is_not_emptied")
    yield
    with connection.cursor() as cursor:
        for month in {MARCH, APRIL} & set(months()):
            cursor.execute(f"DROP TABLE {table_of(month)}")


@pytest.fixture
def world(old_months):
    return make_world()


def write(world, day, number=ROWS):
    for index in range(number):
        with transaction.atomic():
            at = datetime(day.year, day.month, day.day, 12, index, tzinfo=UTC)
            record(ACTIONS[index], on=world.patient, now=at, by=world.nurse)


@pytest.fixture
def sealed(world):
    write(world, date(2019, 3, 31))
    write(world, date(2019, 4, 1))
    seal(AuditEntry.objects.count())
    return world


@pytest.fixture
def archived(sealed, tmp_path):
    archive_month(month=MARCH, folder=tmp_path, now=NOW, by=service_account("archive", now=NOW))
    return tmp_path / "audit-2019-03.jsonl.gz"


def of_month(month):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table_of(month)}")  # noqa: S608
        return cursor.fetchone()[0]


def test_rows_stand_in_their_month_and_the_rest_in_the_overflow(sealed):
    assert (of_month(MARCH), of_month(APRIL)) == (ROWS, ROWS)
    with transaction.atomic():
        record(
            AuditAction.ADMIT,
            on=sealed.patient,
            now=datetime(1999, 5, 1, tzinfo=UTC),
            by=sealed.nurse,
        )
    assert AuditEntry.objects.filter(at__year=1999).count() == 1


def test_months_are_made_ahead_once(db):
    now = datetime(2031, 5, 31, 23, 59, tzinfo=UTC)
    with transaction.atomic():
        assert create_partitions_ahead(now=now) == 13
        assert create_partitions_ahead(now=now) == 0
        assert {date(2031, 5, 1), date(2032, 5, 1)} <= set(months())
        transaction.set_rollback(True)


def test_a_month_whose_rows_are_in_the_overflow_is_left_there(sealed):
    with transaction.atomic():
        record(
            AuditAction.ADMIT,
            on=sealed.patient,
            now=datetime(2031, 6, 2, tzinfo=UTC),
            by=sealed.nurse,
        )
        assert create_partitions_ahead(now=datetime(2031, 6, 1, tzinfo=UTC)) == 12
        assert date(2031, 6, 1) not in months()
        transaction.set_rollback(True)


@pytest.mark.parametrize("month", [MARCH, date(2026, 12, 1), date(2024, 2, 1)])
def test_the_next_month(month):
    assert next_month(month) - month in {timedelta(days=days) for days in (28, 29, 30, 31)}
    assert next_month(month).day == 1


def test_only_what_was_kept_long_enough_is_due(old_months, settings):
    settings.AUDIT_RETENTION_YEARS = 6
    assert months_past_retention(now=datetime(2025, 3, 31, tzinfo=UTC)) == []
    assert months_past_retention(now=datetime(2025, 4, 1, tzinfo=UTC)) == [MARCH]
    assert months_past_retention(now=datetime(2028, 2, 29, tzinfo=UTC)) == [MARCH, APRIL]


def test_a_month_leaves_and_both_halves_verify(archived, sealed):
    assert MARCH not in months()
    assert not AuditEntry.objects.filter(at__date__lt=APRIL).exists()
    assert of_month(APRIL) == ROWS
    verdict = verify_audit_trail()
    assert (verdict.faults, verdict.in_files) == ((), ROWS)
    in_file = verify_file(archived)
    assert (in_file.faults, in_file.rows, in_file.month) == ([], ROWS, "2019-03")
    assert archived.stat().st_mode & 0o777 == 0o600
    assert AuditEntry.objects.filter(action="put a month of the trail into a file").count() == 1


def test_a_month_with_a_row_that_waits_for_its_seal_stays(sealed, tmp_path):
    write(sealed, date(2019, 3, 30), 1)
    by = service_account("archive", now=NOW)
    with pytest.raises(MonthNotSealed, match="wait for their seal"):
        archive_month(month=MARCH, folder=tmp_path, now=NOW, by=by)
    assert of_month(MARCH) == ROWS + 1
    assert not AuditArchive.objects.exists()


def test_a_month_that_was_touched_stays(sealed, tmp_path):
    victim = AuditEntry.objects.filter(at__date__lt=APRIL).earliest("id")
    with owner() as cursor:
        cursor.execute("UPDATE access_auditentry SET actor_label = 'x' WHERE id = %s", [victim.pk])
    by = service_account("archive", now=NOW)
    with pytest.raises(MonthNotSealed, match=f"Row {victim.pk} was changed"):
        archive_month(month=MARCH, folder=tmp_path, now=NOW, by=by)
    assert of_month(MARCH) == ROWS


def test_no_audit_no_archive(sealed, tmp_path, monkeypatch):
    by = service_account("archive", now=NOW)

    def broken(*_, **__):
        raise RuntimeError("trail broken")

    monkeypatch.setattr("access.audit.archive.record", broken)
    with pytest.raises(RuntimeError):
        archive_month(month=MARCH, folder=tmp_path, now=NOW, by=by)
    assert of_month(MARCH) == ROWS
    assert not AuditArchive.objects.exists()


def lines_of(path):
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def rows_in(lines):
    return [place for place, line in enumerate(lines) if line.startswith(b"[")]


def changed(lines):
    place = rows_in(lines)[3]
    lines[place] = lines[place].replace(b'"nurse"', b'"other"')
    return f"Row {json.loads(lines[place])[0]} was changed"


def removed(lines):
    line = lines.pop(rows_in(lines)[3])
    return f"Row {json.loads(line)[0]} was removed"


def swapped(lines):
    one, other = rows_in(lines)[2:4]
    lines[one], lines[other] = lines[other], lines[one]
    return "not as it was written"


def added(lines):
    row = json.loads(lines[rows_in(lines)[0]])
    row[0] += 10**6
    lines.insert(rows_in(lines)[1], json.dumps(row).encode() + b"\n")
    return f"Row {row[0]} stands where its seal does not know it"


def seal_altered(lines):
    place = next(i for i, line in enumerate(lines) if line.startswith(b'{"seal"'))
    seal = json.loads(lines[place])
    seal["seal"]["last_id"] += 1
    lines[place] = json.dumps(seal, separators=(",", ":")).encode() + b"\n"
    return f"Batch {seal['seal']['number']} was altered"


def end_cut(lines):
    lines.pop()
    return "the end of the file is missing"


def end_forged(lines):
    removed(lines)
    end = json.loads(lines[-1])
    end["end"]["ids"] = []
    lines[-1] = json.dumps(end, separators=(",", ":")).encode() + b"\n"
    return "not as it was written"


def behind_the_end(lines):
    lines.append(lines[rows_in(lines)[0]])
    return "something stands behind the end"


def other_file(lines):
    lines[:] = [b'{"format":"something else"}\n']
    return "no file of the audit trail"


def nonsense(lines):
    lines[:] = [b"nonsense\n"]
    return "cannot be read to its end"


@pytest.mark.parametrize(
    "touch",
    [
        changed,
        removed,
        swapped,
        added,
        seal_altered,
        end_cut,
        end_forged,
        behind_the_end,
        other_file,
        nonsense,
    ],
    ids=lambda touch: touch.__name__,
)
def test_whatever_is_done_to_a_file_is_found_and_named(archived, touch):
    lines = lines_of(archived)
    expected = touch(lines)
    archived.write_bytes(gzip.compress(b"".join(lines)))
    assert expected in " ".join(verify_file(archived).faults)


def test_a_file_that_was_cut_off_or_is_not_there(archived):
    archived.write_bytes(archived.read_bytes()[:-40])
    assert "cannot be read to its end" in verify_file(archived).faults[0]
    archived.unlink()
    assert "cannot be read to its end" in verify_file(archived).faults[0]


def test_an_archive_excuses_its_own_rows_and_no_others(archived, sealed):
    victim = AuditEntry.objects.filter(at__date=APRIL).earliest("id")
    with owner() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE id = %s", [victim.pk])
    assert f"Row {victim.pk} was removed" in named(verify_audit_trail().faults)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_auditarchive DISABLE TRIGGER archive_is_append_only")
        cursor.execute(
            "UPDATE access_auditarchive SET count = count + 1, ids = ids || %s::jsonb",
            [json.dumps([[victim.pk, victim.pk]])],
        )
        cursor.execute("ALTER TABLE access_auditarchive ENABLE TRIGGER archive_is_append_only")
    faults = named(verify_audit_trail().faults)
    assert "What says that March 2019 is in a file was altered." in faults
    assert f"Row {victim.pk} was removed" in faults


def test_a_row_put_back_into_an_archived_month_is_found(archived, sealed):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_auditentry (id, at, kind, actor_label, actor_role, action,"
            " object_type, detail) SELECT %s, '2019-03-31', kind, actor_label, '', action,"
            " object_type, detail FROM access_auditentry LIMIT 1",
            [AuditArchive.objects.get().ids[0][0]],
        )
    assert "was changed" in named(verify_audit_trail().faults)


def test_the_commands(sealed, tmp_path, settings):
    said = StringIO()
    settings.AUDIT_RETENTION_YEARS = 3
    call_command("archive_audit", tmp_path, "--list", stdout=said)
    assert said.getvalue().splitlines() == ["March 2019", "April 2019"]
    with pytest.raises(CommandError, match="is no folder"):
        call_command("archive_audit", tmp_path / "none")
    call_command("archive_audit", tmp_path, stdout=(said := StringIO()))
    assert f"March 2019: {ROWS} rows in {tmp_path / 'audit-2019-03.jsonl.gz'}" in said.getvalue()
    call_command("archive_audit", tmp_path, stdout=(said := StringIO()))
    assert said.getvalue() == "No month ended more than 3 years ago.\n"
    files = [f"--file={tmp_path / name}" for name in sorted(p.name for p in tmp_path.iterdir())]
    call_command("verify_audit", *files, stdout=(said := StringIO()))
    assert "Every row in them is as it was written." in said.getvalue()
    call_command("verify_audit", stdout=(said := StringIO()))
    assert f"{2 * ROWS} of them are in files" in said.getvalue()


def test_the_command_names_what_is_wrong_with_a_file(archived):
    lines = lines_of(archived)
    expected = changed(lines)
    archived.write_bytes(gzip.compress(b"".join(lines)))
    wrong = StringIO()
    with pytest.raises(CommandError, match="1 files do not fit"):
        call_command("verify_audit", f"--file={archived}", stdout=StringIO(), stderr=wrong)
    assert f"audit-2019-03.jsonl.gz: {expected}" in wrong.getvalue()
    assert "The database noted another file of this name." in wrong.getvalue()
