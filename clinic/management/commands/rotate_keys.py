"""`manage.py rotate_keys`: re-encrypt everything with the first key.

Run as the owner of the tables while the clinic works (docs/settings.md has the steps). It may be
stopped and run again. When nothing is left under old keys, the old keys may be removed.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from access.actions.accounts import service_account
from access.audit.record import record
from access.auth.mfa_adapter import reencrypt_secrets, secrets_under_old_keys
from access.enums import AuditAction
from vault import encryption
from vault.key_rotation import encrypted_models, rotate, rows_under_old_keys
from vault.table_rewrite import is_owner


class Command(BaseCommand):
    help = (
        "Write what is encrypted under old keys anew under the first. Fails while anything is left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count what is left")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self._say_what_is_left()
            return
        for model in encrypted_models():
            if not is_owner(model._meta.db_table):
                raise CommandError("Run this as the owner of the tables, as `migrate` is.")
        self._note(AuditAction.BEGIN_KEY_ROTATION, {})
        written: Counter[str] = Counter()
        for model in encrypted_models():
            for progress in rotate(model):
                written[progress.table] += progress.rows
                self.stdout.write(f"{progress.table}: {written[progress.table]} rows so far")
        written["secrets of second factors"] = reencrypt_secrets()
        left = self._say_what_is_left()
        self._note(AuditAction.ROTATE_KEYS, {"rows": sum(written.values()), "left": left})
        if left:
            raise CommandError("Something is left under old keys: keep them, and run this again.")
        self.stdout.write("The first key of each list is the only one in use.")

    def _say_what_is_left(self) -> int:
        counts = {model: rows_under_old_keys(model) for model in encrypted_models()}
        for model, count in counts.items():
            if count:
                self.stdout.write(f"{model._meta.db_table}: {count} rows under old keys")
        left = sum(counts.values()) + secrets_under_old_keys()
        self.stdout.write(f"{left} rows under old keys.")
        return left

    @staticmethod
    @transaction.atomic
    def _note(action: AuditAction, detail: dict[str, Any]) -> None:
        """Write an audit entry that the keys were changed, with the name of the new key."""
        now = timezone.now()
        by = service_account("key-rotation", now=now)
        key = encryption.key_name(settings.FIELD_ENCRYPTION_KEYS[0]).hex()
        record(action, on=by, now=now, by=by, detail={"key": key, **detail})
