"""The account that the running clinic uses cannot undo what must stay."""

import os
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction

from access.audit.partitions import create_partitions_ahead, months, table_of
from access.audit.record import record
from access.enums import AuditAction
from access.models import AuditEntry
from clinic.checks import refuse_to_run, tables_it_could_rewrite
from clinic.devserver.embedded.postgres import SUPERUSER
from clinic.management.commands.grant_runtime_role import ONLY_ADDED_TO
from tests.support.world import NOW
from vault.table_rewrite import is_owner

ROLE = f"mainstay_runtime_{os.getpid()}"


@pytest.fixture(scope="module", autouse=True)
def role(django_db_setup):
    """Made by the server's superuser, as its administrator would: the tests' account may not."""
    address = urlsplit(os.environ["DATABASE_URL"])
    superuser = address._replace(netloc=f"{SUPERUSER}@{address.netloc.rpartition('@')[2]}")
    with psycopg.connect(superuser.geturl(), autocommit=True) as server:
        server.execute(f"DROP ROLE IF EXISTS {ROLE}")
        server.execute(f"CREATE ROLE {ROLE} LOGIN")
        server.execute(f"GRANT {ROLE} TO {address.username}")


@pytest.fixture
def as_runtime(world):
    """The rest of the test as the runtime role; its rights go with the test's transaction."""
    world.signed(world.admit())
    call_command("grant_runtime_role", ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    yield world
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize("table", ONLY_ADDED_TO)
@pytest.mark.parametrize(
    "verb",
    [
        "UPDATE {} SET id = id",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TABLE {} CASCADE",
    ],
)
def test_it_cannot_touch_what_stays(as_runtime, table, verb):
    key = {"access_auditseal": "number", "access_auditarchive": "month"}.get(table, "id")
    statement = verb.format(table).replace("id = id", f"{key} = {key}")
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("place", ["overflow", "first month", "last month"])
@pytest.mark.parametrize("verb", ["SELECT FROM {}", "INSERT INTO {} SELECT", "TRUNCATE {}"])
def test_the_trail_s_months_are_reached_through_the_trail_alone(as_runtime, place, verb):
    tables = {
        "overflow": "access_auditentry_overflow",
        "first month": table_of(months()[0]),
        "last month": table_of(months()[-1]),
    }
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb.format(tables[place]))


def test_it_makes_months_and_no_more_than_that(as_runtime):
    later = NOW + timedelta(days=400)
    assert create_partitions_ahead(now=later) > 0
    assert create_partitions_ahead(now=later) == 0
    with (
        pytest.raises(DatabaseError, match="three years ahead at the most"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT keep_trail_months('2026-01-01', 1000)")


def test_it_does_the_clinic_s_work(as_runtime, sign_in):
    world = as_runtime
    known = AuditEntry.objects.count()
    world.reachable(world.register("Newcomer"))
    with transaction.atomic():
        record(AuditAction.ADMIT, on=world.patient, now=NOW, by=world.nurse)
    assert AuditEntry.objects.count() > known
    client = sign_in(world.nurse)
    assert client.get(f"/patients/{world.patient.pk}").status_code == 200
    assert client.get("/schedule").status_code == 200


def test_it_cannot_rewrite_what_is_encrypted(as_runtime):
    """Changing keys needs triggers switched off for a moment: the owner's to do, not the clinic's."""
    assert not is_owner("treatments_treatmentplan")
    with pytest.raises(CommandError, match="owner of the tables"):
        call_command("rotate_keys")


def test_it_may_run_the_clinic_and_the_owner_may_not(world, settings):
    settings.DEMONSTRATION = False
    with patch("clinic.checks.refuse_to_start"):
        with pytest.raises(ImproperlyConfigured, match="grant_runtime_role NAME") as told:
            refuse_to_run()
        assert "access_auditentry" in str(told.value)
        call_command("grant_runtime_role", ROLE)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {ROLE}")
            refuse_to_run()
            cursor.execute("RESET ROLE")
        settings.DEMONSTRATION = True
        refuse_to_run()


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_one_right_too_many_is_refused(world, right):
    call_command("grant_runtime_role", ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT {right} ON access_auditentry TO {ROLE}")
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        assert tables_it_could_rewrite() == ["access_auditentry"]
        cursor.execute("RESET ROLE")


def test_again_changes_nothing_and_a_bad_name_is_refused(world):
    call_command("grant_runtime_role", ROLE)
    call_command("grant_runtime_role", ROLE)
    with pytest.raises(CommandError, match="no name for a role"):
        call_command("grant_runtime_role", 'x"; DROP TABLE patients_patient')
