"""`manage.py archive_audit FOLDER`: archive old months of the audit trail in files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from access.actions.accounts import service_account
from access.audit.archive import archive_month
from access.audit.partitions import months_past_retention
from common.errors import DomainError


class Command(BaseCommand):
    help = (
        "Put each month of the audit trail that ended more than AUDIT_RETENTION_YEARS ago into a file that"
        " still verifies, and take it out of the database. Run as the owner of the tables."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--list", action="store_true", help="only say which months would go")

    def handle(self, *args: Any, **options: Any) -> None:
        now, folder = timezone.now(), options["folder"]
        due = months_past_retention(now=now)
        if not due:
            self.stdout.write(
                f"No month ended more than {settings.AUDIT_RETENTION_YEARS} years ago."
            )
        if not options["list"] and not folder.is_dir():
            raise CommandError(f"{folder} is no folder. Make it, readable by nobody else.")
        for month in due:
            if options["list"]:
                self.stdout.write(f"{month:%B %Y}")
                continue
            try:
                by = service_account("archive", now=now)
                archive = archive_month(month=month, folder=folder, now=now, by=by)
            except DomainError as problem:
                raise CommandError(str(problem)) from problem
            except OperationalError as problem:
                raise CommandError(
                    f"The trail is busy, {month:%B %Y} stays: {problem}"
                ) from problem
            self.stdout.write(f"{archive}: {archive.count} rows in {folder / archive.file_name}")
