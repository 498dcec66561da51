"""Prepare the database for `make run`, in one process. Prints the demonstration's log-ins."""

import os
import sys
from contextlib import redirect_stdout

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    # Before anything is written: neither migrations nor invented patients reach a clinic's database.
    from clinic.checks import refuse_to_start  # noqa: PLC0415 - it needs the apps' models

    try:
        refuse_to_start()
    except ImproperlyConfigured as reason:
        sys.exit(str(reason))
    # The launcher reads stdout for the log-ins; everything else is for the person who waits.
    with redirect_stdout(sys.stderr):
        call_command("migrate", interactive=False, verbosity=0)
    if settings.DEMONSTRATION:
        with redirect_stdout(sys.stderr):
            call_command("seed_demo", if_empty=True)
        call_command("demo_logins")


if __name__ == "__main__":
    main()
