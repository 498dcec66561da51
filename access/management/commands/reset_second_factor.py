"""`manage.py reset_second_factor E-MAIL`: for a sole administrator without phone and codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.actions.accounts import service_account
from access.actions.second_factor_reset import reset_second_factor_from_server
from access.models import User


class Command(BaseCommand):
    help = "Remove the second factors of one account; its next sign-in sets up another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"], is_service=False).first()
        if user is None:
            raise CommandError("There is no staff account with this e-mail address.")
        now = timezone.now()
        reset_second_factor_from_server(user=user, now=now, by=service_account("server", now=now))
        self.stdout.write(f"{user.name} sets up a second factor at the next sign-in.")
