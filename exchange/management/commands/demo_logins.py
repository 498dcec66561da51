"""`manage.py demo_logins`: print the log-ins of the demonstration clinic."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from access.actions.accounts import service_account
from access.audit import record
from access.enums import AuditAction
from access.models import Site, User
from exchange.demo.clinic import LOG_INS, PASSWORD, SEEDER, hire_log_ins, is_real_clinic


class Command(BaseCommand):
    help = "Print one log-in per role of the demonstration clinic."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all-sites",
            action="store_true",
            help="first give each its role at every site, for example after an import",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError(
                "These log-ins have known passwords and exist only where MAINSTAY_MODE is "
                "'demonstration'."
            )
        refuse_real_clinic()
        if options["all_sites"]:
            _grant_everywhere()
        emails = [email for email, _ in LOG_INS.values()]
        if not User.objects.filter(email__in=emails).exists():
            self.stderr.write("There is no demonstration clinic here: see `manage.py seed_demo`.")
            return
        for role, (email, name) in LOG_INS.items():
            self.stdout.write(f"{role.label:<22}{email:<30}{PASSWORD:<28}{name}")


def refuse_real_clinic() -> None:
    if is_real_clinic():
        raise CommandError(
            "Somebody works with this database already, and the demonstration did not fill it: "
            "nobody gets a printed password to it."
        )


@transaction.atomic
def _grant_everywhere() -> None:
    now = timezone.now()
    by = service_account(SEEDER, now=now)
    for user in hire_log_ins(sites=Site.objects.all(), now=now).values():
        record.record(AuditAction.GRANT_DEMONSTRATION_ROLE, on=user, now=now, by=by)
