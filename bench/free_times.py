"""Search free times of 50 practitioners with a year of bookings (see bench.inside)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from datetime import time as clock
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.enums import Role
from access.models import RoleAssignment, Site, User
from appointments.availability import free_times
from appointments.enums import Weekday
from appointments.models import AppointmentType, WorkingHours
from bench.figures import summary
from patients.models import Patient

PEOPLE, VISITS_A_DAY = 50, 12
LIMIT_MS = 200
WARMING = 2
#: Monday to Friday, eight to six; visits of half an hour, two thirds of the day taken.
OPENS, CLOSES = clock(8), clock(18)
BOOKED = """
    INSERT INTO appointments_appointment (patient_id, site_id, type_id, practitioner_id, starts_at,
        ends_at, held_since, recorded_at, status, version, cancelled_by, miss_reason, cancel_reason, note,
        mode, check_in_code, buffer_minutes)
    SELECT (%(patients)s::bigint[])[1 + (person + slot) %% %(count)s], %(site)s, %(type)s,
        (%(people)s::bigint[])[person + 1], starts_at, starts_at + interval '30 minutes', now(), now(),
        'booked', 1, '', '', '', '', 'in_person', '', 0
    FROM generate_series(0, %(count)s - 1) person,
        generate_series(%(first)s::date, %(last)s::date, interval '1 day') day,
        generate_series(0, %(visits)s - 1) slot,
        LATERAL (SELECT (day + interval '8 hours' + interval '30 minutes' * (slot * 3 / 2))
            AT TIME ZONE %(zone)s AS starts_at) AS at
    WHERE extract(isodow FROM day) < 6
"""


def answer(question: dict[str, int]) -> dict[str, Any]:
    """For each search p50 and p95 in milliseconds, its queries and how many times it found."""
    site, kind = _clinic()
    today = timezone.now().date()
    rows = _book(site, kind, today, question["days"])
    searches = {
        "everybody, 4 weeks": (_from(site, kind, today, 28), 200),
        "everybody, 13 weeks": (_from(site, kind, today, 91), 200),
        "everybody, 26 weeks": (_from(site, kind, today, 182), 200),
        "everybody, one day, every time": (_from(site, kind, today, 1), 10_000),
    }
    found = {
        name: _measured(search, most, question["times"])
        for name, (search, most) in searches.items()
    }
    return {"rows": rows, "limit_ms": LIMIT_MS, "searches": found}


def _from(site: Site, kind: AppointmentType, today: date, days: int) -> dict[str, Any]:
    first = today + timedelta(days=7 + -today.weekday() % 7)  # a Monday: nobody works at weekends
    return {
        "site": site,
        "type": kind,
        "from_date": first,
        "until_date": first + timedelta(days=days),
        "now": timezone.now(),
    }


def _measured(search: dict[str, Any], most: int, times: int) -> dict[str, Any]:
    def ask() -> int:
        return len(free_times(**search, most=most))

    for _ in range(WARMING):
        ask()
    taken = [_seconds(ask) for _ in range(times)]
    with CaptureQueriesContext(connection) as captured:
        count = ask()
    return {**summary(taken), "queries": len(captured), "found": count}


def _seconds(ask: Callable[[], int]) -> float:
    started = time.perf_counter()
    if not ask():
        raise RuntimeError("nothing was free")
    return time.perf_counter() - started


def _clinic() -> tuple[Site, AppointmentType]:
    now = timezone.now()
    site = Site.objects.create(
        code="bench", name="Bench", neutral_name="Bench", time_zone="America/New_York"
    )
    kind = AppointmentType.objects.create(code="bench", name="Bench", minutes=30)
    for number in range(PEOPLE):
        user = User.objects.create(
            email=f"bench-{number}@example.org", name=f"Bench {number}", created_at=now
        )
        RoleAssignment.objects.create(user=user, site=site, role=Role.COUNSELOR, granted_at=now)
        WorkingHours.objects.bulk_create(
            WorkingHours(
                practitioner=user,
                site=site,
                weekday=weekday,
                starts_time=OPENS,
                ends_time=CLOSES,
                from_date=date(2020, 1, 1),
            )
            for weekday in list(Weekday)[:5]
        )
        Patient.objects.create(
            site=site,
            given_name="Bench",
            family_name=f"Number {number}",
            birth_date=date(1980, 1, 1),
            sex="unknown",
            recorded_at=now,
        )
    return site, kind


def _book(site: Site, kind: AppointmentType, today: date, days: int) -> int:
    people = User.objects.filter(role_assignments__site=site).order_by("pk")
    with connection.cursor() as cursor:
        cursor.execute(
            BOOKED,
            {
                "patients": list(Patient.objects.filter(site=site).values_list("pk", flat=True)),
                "people": list(people.values_list("pk", flat=True)),
                "count": PEOPLE,
                "visits": VISITS_A_DAY,
                "site": site.pk,
                "type": kind.pk,
                "first": today,
                "last": today + timedelta(days=days - 1),
                "zone": site.time_zone,
            },
        )
        rows = int(cursor.rowcount)
        cursor.execute("ANALYZE appointments_heldtime")
        cursor.execute("ANALYZE appointments_appointment")
    return rows
