"""Cost of planning reminders with small and with large tables (see bench.inside)."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench import crowd
from bench.figures import percentile, ratio
from reminders.models import Reminder
from reminders.planning import plan_due_reminders

TIMES = 5
#: Visits long over, one each day for each patient, each with the reminder that was sent of it.
OLD_VISITS = """
    INSERT INTO appointments_appointment (patient_id, site_id, type_id, starts_at, ends_at, held_since,
        recorded_at, status, version, cancelled_by, miss_reason, cancel_reason, note, mode,
        check_in_code, buffer_minutes)
    SELECT patient_id, site_id, type_id, starts_at - days, ends_at - days, held_since - days,
        recorded_at - days, 'completed', 1, '', '', '', '', mode, '', 0
    FROM (SELECT * FROM appointments_appointment ORDER BY id LIMIT %(people)s) visit,
        LATERAL (SELECT interval '1 day' * generate_series(%(first)s, %(last)s) AS days) AS ago
"""
OLD_REMINDERS = """
    INSERT INTO reminders_reminder (patient_id, site_id, contact_point_id, subject_kind, subject_id,
        subject_version, step, channel, due_at, status, finished_at, skip_reason, failure,
        gateway_reference, delivery, body, attempts, asked_again, recorded_at)
    SELECT visit.patient_id, visit.site_id, point.id, 'appointment', visit.id, 1, 'one_day', 'sms',
        starts_at - interval '1 day', 'sent', starts_at - interval '1 day', '', '', '', '', '', 1, 0,
        starts_at - interval '1 day'
    FROM appointments_appointment visit
    JOIN patients_contactpoint point ON point.patient_id = visit.patient_id
    WHERE visit.status = 'completed' AND NOT EXISTS
        (SELECT FROM reminders_reminder WHERE subject_id = visit.id)
"""


def answer(question: dict[str, int]) -> dict[str, Any]:
    """Seconds of one planning of `due` visits over `small` and over `large` old reminders."""
    due, small, large = question["due"], question["small"], question["large"]
    crowd.fill(due)
    _grow(due, 0, small)
    seconds = {"small": _planning(due)}
    _grow(due, small, large)
    seconds["large"] = _planning(due)
    return {
        "due": due,
        "small_rows": small,
        "large_rows": Reminder.objects.count(),
        "small_ms": seconds["small"] * 1000,
        "large_ms": seconds["large"] * 1000,
        "ratio": ratio(seconds["large"], seconds["small"]),
    }


def _grow(people: int, before: int, after: int) -> None:
    """Old rows until there are `after`, with `before` of them there already."""
    days = {"people": people, "first": 10 + before // people, "last": 9 + after // people}
    with connection.cursor() as cursor:
        cursor.execute(OLD_VISITS, days)
        cursor.execute("ANALYZE appointments_appointment")
        cursor.execute(OLD_REMINDERS)
        # As the tables are when autovacuum has been by.
        for table in ("appointments_appointment", "reminders_reminder", "patients_contactpoint"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _planning(due: int) -> float:
    """The median of some tries, each undone; one before them warms up."""
    return percentile([_once(due) for _ in range(TIMES + 1)][1:], 50)


def _once(due: int) -> float:
    with transaction.atomic():
        started = time.perf_counter()
        planned = plan_due_reminders(now=timezone.now())
        took = time.perf_counter() - started
        transaction.set_rollback(True)
    if planned != due:
        raise RuntimeError(f"{planned} planned of {due}")
    return took
