"""Rows that stand for many: what to ask for in one clinic. Inside it (see bench.inside)."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db import connection

from access.models import Site, User
from appointments.models import AppointmentType
from common.time_zones import day_bounds
from patients.enums import ContactKind
from patients.models import ContactPoint, Patient

TYPICAL_DOSES, TYPICAL_VISITS, TYPICAL_DAY = 30, 20, 40
DEEP = 0.9
TO_BOOK = 40

TYPICAL_PATIENT = """
    SELECT patient.id FROM patients_patient patient
    CROSS JOIN LATERAL (SELECT count(*) AS doses FROM dispensary_doserecord dose
                        WHERE dose.patient_id = patient.id) ledger
    CROSS JOIN LATERAL (SELECT count(*) AS visits FROM appointments_appointment visit
                        WHERE visit.patient_id = patient.id) calendar
    WHERE patient.id IN (SELECT id FROM patients_patient ORDER BY id DESC LIMIT 2000)
    ORDER BY abs(doses - %s) + abs(visits - %s), patient.id LIMIT 1
"""
TYPICAL_SITE_DAY = """
    SELECT site_id, day FROM (
        SELECT visit.site_id, (visit.starts_at AT TIME ZONE site.time_zone)::date AS day,
               count(*) AS visits
        FROM appointments_appointment visit JOIN access_site site ON site.id = visit.site_id
        GROUP BY 1, 2
    ) days ORDER BY abs(visits - %s), day DESC, site_id LIMIT 1
"""


def answer(_: object) -> dict[str, Any]:
    """Ids and words: typical rows, of the same kind in every clinic."""
    people, number = Patient.objects.order_by(*Patient.ORDER), Patient.objects.count()
    middle = people[number // 2]
    kind = AppointmentType.objects.filter(is_active=True, minutes__lte=30).order_by("pk")
    return {
        "deep": people[int(number * DEEP)].pk,
        "patient": _row(TYPICAL_PATIENT, [TYPICAL_DOSES, TYPICAL_VISITS])[0],
        "name": f"{middle.family_name} {middle.given_name}".lower(),
        "family": middle.family_name.lower(),
        "misspelt": _misspelt(middle.family_name.lower()),
        "born": f"{middle.birth_date:%m/%d/%Y}",
        "phone": ContactPoint.objects.filter(kind=ContactKind.PHONE).latest("pk").value,
        "letters": middle.family_name[:2].lower(),
        "to_book": list(Patient.objects.order_by("pk").values_list("pk", "site_id")[:TO_BOOK]),
        "type": kind.values_list("pk", flat=True)[0],
        "practitioner": User.objects.get(email="nurse@example.org").pk,
        **_typical_day(),
    }


def _misspelt(name: str) -> str:
    """With its third and fourth letter swapped."""
    return name[:2] + name[3:4] + name[2:3] + name[4:]


def _typical_day() -> dict[str, Any]:
    """A site and a day with the usual number of visits: small and large clinics have such days."""
    site_id, day = _row(TYPICAL_SITE_DAY, [TYPICAL_DAY])
    site = Site.objects.get(pk=site_id)
    begins, ends = (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for moment in day_bounds(day, site.time_zone)
    )
    return {
        "site": site_id,
        "site_code": site.code,
        "day": day.isoformat(),
        "begins": begins,
        "ends": ends,
    }


def _row(statement: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
