"""Many patients, each with a number and one visit: `python -m bench.chaos_world COUNT` inside a database."""

from __future__ import annotations

import sys
from datetime import timedelta

import django


def fill(count: int) -> None:
    """Visits in two and a half days and later, each with a step due now. It is noon at the site.

    Again: more of them.
    """
    from django.utils import timezone

    from access.models import Site
    from appointments.models import Appointment, AppointmentType
    from bench.hours import zone_where_it_is
    from patients.models import ContactPoint, Patient

    now = timezone.now()
    site, _ = Site.objects.get_or_create(
        code="harbor",
        defaults={
            "name": "Harbor",
            "neutral_name": "Harbor Office",
            "phone": "555-0100",
            "time_zone": zone_where_it_is(12, now),
        },
    )
    kind, _ = AppointmentType.objects.get_or_create(code="visit", defaults={"name": "Visit"})
    people = Patient.objects.bulk_create(
        (
            Patient(
                site=site,
                given_name="Person",
                family_name=f"Number{number}",
                birth_date="1990-01-01",
                recorded_at=now,
            )
            for number in range(count)
        ),
        batch_size=2000,
    )
    ContactPoint.objects.bulk_create(
        (
            ContactPoint(
                patient=person,
                kind="phone",
                value=f"61755{number:05}",
                may_send_messages=True,
                recorded_at=now,
            )
            for number, person in enumerate(people)
        ),
        batch_size=2000,
    )
    hours = (60, 62, 65, 70)
    starts = [now + timedelta(hours=hours[number % len(hours)]) for number in range(count)]
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
        batch_size=2000,
    )


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]))
