"""`manage.py import_ctn0094 DIR`: import the participants of three clinical trials."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exchange.ctn0094.load import import_ctn0094
from exchange.ctn0094.rules import DAY_ZERO
from exchange.ctn0094.source import NotTheData, check_folder


class Command(BaseCommand):
    help = "Load CTN-0094 (a CSV export of public.ctn0094data). Twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--day-zero",
            type=date.fromisoformat,
            default=DAY_ZERO,
            help=f"calendar day of everybody's consent (the data hold study days); {DAY_ZERO}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_folder(options["folder"])
        except NotTheData as problem:
            raise CommandError(str(problem)) from problem
        counts = import_ctn0094(
            folder=options["folder"], day_zero=options["day_zero"], now=timezone.now()
        )
        self.stdout.write(json.dumps(counts))
