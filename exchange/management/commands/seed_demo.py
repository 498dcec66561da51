"""`manage.py seed_demo`: a synthetic clinic for demonstrations and measurements."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exchange.demo.clinic import SITE_NAMES, is_real_clinic
from exchange.demo.demo_data import seed_clinic
from patients.models import Patient


class Command(BaseCommand):
    help = "Fill the database with a synthetic clinic (demonstration mode only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, default=150)
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same people")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is any patient"
        )
        parser.add_argument(
            "--doses-per-patient",
            type=int,
            help="keep only the last N ledger rows of each stay (for very large clinics)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError(
                "seed_demo fills a demonstration clinic with invented people and known passwords. "
                "This installation is not one: MAINSTAY_MODE must be 'demonstration'."
            )
        if options["patients"] < 1:
            raise CommandError("--patients must be 1 or more.")
        if options["if_empty"] and Patient.objects.exists():
            self.stdout.write("There are patients already: nothing seeded.")
            return
        if is_real_clinic():
            raise CommandError(
                "Somebody works with this database already: invented patients do not belong there."
            )
        if Patient.objects.filter(site__code__in=[code for code, _ in SITE_NAMES]).exists():
            raise CommandError(
                "The demonstration clinic has patients already. Seed an empty database, or use "
                "--if-empty to leave a filled one as it is."
            )
        written = seed_clinic(
            patients=options["patients"],
            seed=options["seed"],
            doses_per_patient=options["doses_per_patient"],
            now=timezone.now(),
        )
        self.stdout.write(json.dumps({table: count for table, count in written.items() if count}))
