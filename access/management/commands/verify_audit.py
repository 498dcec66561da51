"""`manage.py verify_audit`: was the trail touched?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.sealing import seal_trail, verify_trail


class Command(BaseCommand):
    help = "Compare every sealed row of the audit trail with its seal. Fails when something does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", default="", help="a head (number:digest) that was noted elsewhere earlier"
        )
        parser.add_argument("--seal", action="store_true", help="seal what waits, first")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seal"]:
            seal_trail(now=timezone.now())
        verdict = verify_trail(expected_head=options["head"])
        for fault in verdict.faults:
            self.stderr.write(str(fault))
        self.stdout.write(f"{verdict.rows} rows sealed, {verdict.unsealed} not yet.")
        self.stdout.write(f"Head: {verdict.head or 'none'}")
        if verdict.faults:
            raise CommandError(f"The trail was touched: {len(verdict.faults)} faults, named above.")
        self.stdout.write("Every sealed row is as it was written.")
