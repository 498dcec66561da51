"""Many patients, each with one visit: `python -m bench.chaos_world COUNT` inside a database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from access.models import Site
    from patients.models import Patient

#: Hours until the visits of most, and until those that begin while everything is down for long.
LATER, SOON = (60, 62, 65, 70), (20, 26, 30, 34)
BATCH, FIRST_NUMBER = 2000, 6_175_500_000


def fill(count: int) -> None:
    """Visits in two and a half days and later, each with a step due now. It is noon at the site.

    Again: more of them.
    """
    site = _site()
    _visits(site, _people(site, count, reachable=True), LATER)


def fill_besides(count: int) -> None:
    """A few of whom a message helps nobody: visits that soon begin, and people without a number."""
    site = _site()
    _visits(site, _people(site, count // 10, reachable=True), SOON)
    _visits(site, _people(site, count // 20, reachable=False), (*LATER, *SOON))


def _site() -> Site:
    from django.utils import timezone

    from access.models import Site
    from bench.hours import zone_where_it_is

    site, _ = Site.objects.get_or_create(
        code="harbor",
        defaults={
            "name": "Harbor",
            "neutral_name": "Harbor Office",
            "phone": "555-0100",
            "time_zone": zone_where_it_is(12, timezone.now()),
        },
    )
    return site


def _people(site: Site, count: int, *, reachable: bool) -> list[Patient]:
    from django.utils import timezone

    from patients.models import ContactPoint, Patient

    now, before = timezone.now(), Patient.objects.count()
    people = Patient.objects.bulk_create(
        (
            Patient(
                site=site,
                given_name="Person",
                family_name=f"Number{number}",
                birth_date="1990-01-01",
                recorded_at=now,
            )
            for number in range(before, before + count)
        ),
        batch_size=BATCH,
    )
    if reachable:
        ContactPoint.objects.bulk_create(
            (
                ContactPoint(
                    patient=person,
                    kind="phone",
                    value=str(FIRST_NUMBER + number),
                    may_send_messages=True,
                    recorded_at=now,
                )
                for number, person in enumerate(people, start=before)
            ),
            batch_size=BATCH,
        )
    return people


def _visits(site: Site, people: Sequence[Patient], hours: tuple[int, ...]) -> None:
    from django.utils import timezone

    from appointments.models import Appointment, AppointmentType

    now = timezone.now()
    kind, _ = AppointmentType.objects.get_or_create(code="visit", defaults={"name": "Visit"})
    starts = [now + timedelta(hours=hours[number % len(hours)]) for number in range(len(people))]
    Appointment.objects.bulk_create(
        (
            Appointment(
                patient=person,
                site=site,
                type=kind,
                starts_at=start,
                ends_at=start + timedelta(minutes=30),
                held_since=now,
                recorded_at=now,
            )
            for person, start in zip(people, starts, strict=True)
        ),
        batch_size=BATCH,
    )


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]))
    fill_besides(int(sys.argv[1]))
