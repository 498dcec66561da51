"""`manage.py verify_audit`: check whether the audit trail was changed.

`--file` checks months that were archived in files.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.audit.archive import verify_file
from access.audit.hash_chain import extend_hash_chain, verify_audit_trail
from access.models import AuditArchive


class Command(BaseCommand):
    help = "Compare every sealed row of the audit trail with its seal. Fails when something does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", default="", help="a head (number:digest) that was noted elsewhere earlier"
        )
        parser.add_argument("--seal", action="store_true", help="seal what waits, first")
        parser.add_argument(
            "--file",
            action="append",
            default=[],
            type=Path,
            help="a month that was put into a file, instead of the database; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"]:
            self._files(options["file"])
            return
        if options["seal"]:
            extend_hash_chain(now=timezone.now())
        verdict = verify_audit_trail(expected_head=options["head"])
        for fault in verdict.faults:
            self.stderr.write(str(fault))
        self.stdout.write(f"{verdict.rows} rows sealed, {verdict.unsealed} not yet.")
        if verdict.in_files:
            self.stdout.write(f"{verdict.in_files} of them are in files; verify those with --file.")
        self.stdout.write(f"Head: {verdict.head or 'none'}")
        if verdict.faults:
            raise CommandError(f"The trail was touched: {len(verdict.faults)} faults, named above.")
        self.stdout.write("Every sealed row is as it was written.")

    def _files(self, files: list[Path]) -> None:
        """Verify each file by itself, and compare its digest with the one in the database."""
        noted = {row.file_name: row.file_digest for row in AuditArchive.objects.all()}
        touched = 0
        for path in files:
            verdict = verify_file(path)
            if path.name not in noted:
                verdict.faults.append("The database does not know this file.")
            elif noted[path.name] != verdict.digest:
                verdict.faults.append("The database noted another file of this name.")
            for fault in verdict.faults:
                self.stderr.write(f"{path.name}: {fault}")
            touched += bool(verdict.faults)
            self.stdout.write(f"{path.name}: {verdict.month or 'no month'}, {verdict.rows} rows.")
        if touched:
            raise CommandError(f"{touched} files do not fit; what is wrong is named above.")
        self.stdout.write("Every row in them is as it was written.")
