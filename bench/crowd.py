"""Many patients, each with a due reminder. Runs inside a clinic (bench.inside)."""

from __future__ import annotations

from django.utils import timezone

from access.actions.accounts import service_account
from bench import chaos_world
from exchange.demo.clinic import SEEDER


def answer(count: int) -> int:
    """How many were made."""
    fill(count)
    return count


def fill(count: int) -> None:
    # The demonstration's worker opens no database that the demonstration did not fill.
    service_account(SEEDER, now=timezone.now())
    chaos_world.fill(count)
