"""`manage.py set_up_clinic FILE.toml`: sites, programs, rooms, visit types, administrator."""

from __future__ import annotations

import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from access.actions.sites import create_first_clinic, set_up_site
from access.models import Site, User
from appointments.actions.rooms import set_up_room
from appointments.actions.visit_types import set_up_visit_type
from common.errors import DomainError
from patients.actions.programs import set_up_program
from treatments.enums import Arm

VISIT = {
    "name",
    "minutes",
    "arm",
    "buffer_minutes",
    "capacity",
    "modes",
    "roles",
    "no_show_after_minutes",
}
SITE = {"name", "neutral_name", "phone", "address", "time_zone"}


class Command(BaseCommand):
    help = (
        "Set up the clinic that FILE describes (deploy/clinic.example.toml). Again: only changes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = tomllib.loads(options["file"].read_text())
        except (OSError, tomllib.TOMLDecodeError) as problem:
            raise CommandError(f"{options['file']}: {problem}") from problem
        try:
            with transaction.atomic():
                self._set_up(wanted)
        except (DomainError, IntegrityError, DataError) as problem:
            raise CommandError(f"Nothing was changed. {problem}") from problem

    def _set_up(self, wanted: dict[str, Any]) -> None:
        now = timezone.now()
        sites = {code: _site(code, details) for code, details in _some(wanted, "sites").items()}
        by, password = self._administrator(wanted, sites, now)
        for code, details in sites.items():
            site = set_up_site(code=code, details=details, now=now, by=by)
            self._inside(site, wanted["sites"][code], now, by)
        for code, kind in wanted.get("visits", {}).items():
            _refuse_unknown(f"visits.{code}", kind, VISIT)
            arm = kind.get("arm", "")
            if arm not in ("", *Arm.values):
                raise CommandError(
                    f"visits.{code}.arm: one of {', '.join(Arm.values)}, or nothing."
                )
            set_up_visit_type(code=code, **{"minutes": 30, **kind, "arm": arm}, now=now, by=by)
        self.stdout.write(
            f"Set up: {len(sites)} sites, {len(wanted.get('visits', {}))} kinds of visits."
        )
        if password:
            self.stdout.write(
                f"First administrator: {by.email}, password for one sign-in: {password}\n"
                "It is shown only now. Sign in, choose your own, then make the other accounts."
            )

    def _administrator(
        self, wanted: dict[str, Any], sites: dict[str, Any], now: Any
    ) -> tuple[User, str]:
        named = _some(wanted, "administrator")
        _refuse_unknown("administrator", named, {"email", "name"})
        known = User.objects.filter(email__iexact=named.get("email", ""), is_service=False).first()
        if known is not None:
            return known, ""
        code, details = next(iter(sites.items()))
        return create_first_clinic(
            email=named["email"], name=named["name"], site={"code": code, **details}, now=now
        )

    def _inside(self, site: Site, details: dict[str, Any], now: Any, by: User) -> None:
        for code, name in details.get("programs", {}).items():
            set_up_program(site=site, code=code, name=name, now=now, by=by)
        for room in details.get("rooms", []):
            named = {"name": room} if isinstance(room, str) else room
            _refuse_unknown(f"sites.{site.code}.rooms", named, {"name", "capacity"})
            set_up_room(site=site, now=now, by=by, **named)


def _site(code: str, details: dict[str, Any]) -> dict[str, str]:
    _refuse_unknown(f"sites.{code}", details, SITE | {"programs", "rooms"})
    for name in ("name", "neutral_name", "time_zone"):
        if not details.get(name):
            raise CommandError(f"sites.{code}.{name} is missing.")
    if details["time_zone"] not in available_timezones():
        raise CommandError(f"sites.{code}.time_zone: no such zone. Such as America/New_York.")
    return {name: details[name] for name in SITE if name in details}


def _some(wanted: dict[str, Any], name: str) -> dict[str, Any]:
    found = wanted.get(name)
    if not isinstance(found, dict) or not found:
        raise CommandError(f"[{name}] is missing: see deploy/clinic.example.toml.")
    return found


def _refuse_unknown(place: str, given: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise CommandError(
            f"{place}: {', '.join(unknown)} is not known. Known: {', '.join(sorted(known))}."
        )
