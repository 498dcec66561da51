"""`manage.py confirm_role E-MAIL`: confirm a role when no second person is left."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from access.actions.accounts import service_account
from access.actions.roles import confirm_role_from_server
from access.models import RoleProposal
from common.errors import DomainError


class Command(BaseCommand):
    help = "Confirm the roles that wait for one account, as the person at the clinic's own server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = RoleProposal.objects.waiting().filter(user__email__iexact=options["email"])
        rows = list(waiting.select_related("user", "site").order_by("pk"))
        if not rows:
            raise CommandError("No role waits for an account with this e-mail address.")
        now = timezone.now()
        by = service_account("server", now=now)
        for row in rows:
            try:
                confirm_role_from_server(proposal=row, now=now, by=by)
            except DomainError as problem:
                raise CommandError(f"{row}: {problem.message} {problem.remedy}") from problem
            self.stdout.write(f"{row.user.name}: {row} confirmed.")
