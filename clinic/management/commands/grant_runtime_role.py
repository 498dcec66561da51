"""`manage.py grant_runtime_role NAME`: create the database account of web, worker and beat.

Run as the owner of the tables, after each `migrate`. The account reads and writes the clinic's
tables. It can only read and insert in the audit trail, its hash chain, the dose ledger and
disclosures, and it can neither alter a table nor disable a trigger.
"""

from __future__ import annotations

import os
import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg import sql

ONLY_ADDED_TO = (
    "access_auditarchive",
    "access_auditentry",
    "access_auditseal",
    "dispensary_doserecord",
    "patients_disclosure",
    "patients_privacynotice",
    "patients_restrictionend",
    "patients_restrictionrequest",
    "patients_restrictionwish",
    "treatments_counsellingnote",
)
PASSWORD_FROM = "RUNTIME_DATABASE_PASSWORD"  # noqa: S105 - the name of a variable # nosec B105


class Command(BaseCommand):
    help = (
        f"Make or renew the runtime role; its password comes from {PASSWORD_FROM}, if that is set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
            raise CommandError(f"{name!r} is no name for a role: small letters, digits and _.")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user = %s", [name])
            if cursor.fetchone() == (True,):
                raise CommandError("Run this as the owner of the tables, not as the role itself.")
            for statement in statements(name, os.environ.get(PASSWORD_FROM, "")):
                cursor.execute(statement.as_string(connection.connection))
        self.stdout.write(f"{name} may read and write; to the trail and the ledger it only adds.")


def statements(name: str, password: str) -> list[sql.Composed]:
    """Return the SQL statements that give the role its privileges, whatever it had before."""
    role, here = sql.Identifier(name), sql.SQL("ALL TABLES IN SCHEMA public")
    kept = sql.SQL(", ").join(sql.Identifier(table) for table in ONLY_ADDED_TO)
    making = sql.SQL(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN"
        " CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE; END IF; END $$"
    ).format(literal=sql.Literal(name), role=role)
    found = [making]
    if password:
        found.append(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
    return [
        *found,
        sql.SQL("REVOKE ALL ON {} FROM {}").format(here, role),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(here, role),
        sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(kept, role),
        _not_by_month(role),
        sql.SQL("GRANT EXECUTE ON FUNCTION keep_trail_months(date, integer) TO {}").format(role),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role),
    ]


def _not_by_month(role: sql.Identifier) -> sql.Composed:
    """Revoke direct access to the monthly partitions: they are reached through the audit table."""
    return sql.SQL(
        "DO $$ DECLARE month regclass; BEGIN"
        " FOR month IN SELECT inhrelid FROM pg_inherits"
        " WHERE inhparent = 'access_auditentry'::regclass LOOP"
        " EXECUTE format('REVOKE ALL ON %s FROM {role}', month);"
        " END LOOP; END $$"
    ).format(role=role)
