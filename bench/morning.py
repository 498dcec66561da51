"""Many reminders due in one morning: time to plan them and to send the last one."""

from __future__ import annotations

import json
import time
from typing import Any

from bench.clinics import Clinic, say

NULL = {"REMINDER_SMS_GATEWAY": "null", "REMINDER_EMAIL_GATEWAY": "null"}
PATIENCE = 5400.0
PROGRESS_SECONDS = 30.0
STATE = """
    SELECT json_build_object(
        'planned', (SELECT count(*) FROM reminders_reminder),
        'open', EXISTS (SELECT FROM reminders_reminder WHERE status = 'due')
            OR EXISTS (SELECT FROM reminders_reminder WHERE status = 'claimed'))::text
"""
SENT = "SELECT count(*) FROM reminders_reminder WHERE status = 'sent' AND finished_at >= '{}'"
#: The same morning once more.
AGAIN = """
    UPDATE reminders_reminder SET status = 'due', due_at = now(), claimed_at = NULL,
        handed_over_at = NULL, finished_at = NULL, gateway_reference = '', body = '', attempts = 0
    WHERE status = 'sent' AND finished_at >= '{}'
"""


def measure(clinic: Clinic, *, due: int, scale: int) -> list[dict[str, Any]]:
    """With the worker that `make run` starts; and the same once more with `scale` of them."""
    say(f"{clinic.name}: a morning with {due} due")
    clinic.ask_inside("crowd", due)
    clinic.sql("VACUUM (ANALYZE)")
    began = str(clinic.sql("SELECT now()::text"))
    found = [_morning(clinic, began, workers=1)]
    if scale > 1:
        clinic.sql(AGAIN.format(began))
        clinic.sql("VACUUM (ANALYZE) reminders_reminder")
        began = str(clinic.sql("SELECT now()::text"))
        found.append(_morning(clinic, began, workers=scale))
    return found


def _morning(clinic: Clinic, began: str, *, workers: int) -> dict[str, Any]:
    """Worker and beat as a clinic has them; nothing is asked for that beat does not ask for."""
    say(f"{clinic.name}: {workers} worker(s), two processes each")
    clinic.sql("DELETE FROM reminders_jobrun")
    started = time.monotonic()
    clinic.start("beat", **NULL)
    clinic.start_workers(workers, **NULL)
    try:
        planned, plan_seconds = _watch(clinic, began)
        took = time.monotonic() - started
    finally:
        clinic.stop(*tuple(clinic.parts))
    sent = clinic.sql(SENT.format(began))
    return {
        "workers": workers,
        "planned": planned,
        "plan_seconds": plan_seconds,
        "sent": sent,
        "until_last_sent_seconds": took,
        "sent_per_second": sent / took,
    }


def _watch(clinic: Clinic, began: str) -> tuple[int, float]:
    """Until nothing waits. How many were planned, and seconds until the last of them was."""
    started = said = time.monotonic()
    before = planned = json.loads(clinic.sql(STATE))["planned"]
    plan_seconds = 0.0
    while time.monotonic() < started + PATIENCE:
        state = json.loads(clinic.sql(STATE))
        if state["planned"] > planned:
            planned, plan_seconds = state["planned"], time.monotonic() - started
        if not state["open"] and clinic.sql(SENT.format(began)):
            return planned - before, plan_seconds
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            say(f"{clinic.name}: {clinic.sql(SENT.format(began))} sent")
        clinic.see_that_all_run()
        time.sleep(1)
    raise RuntimeError(f"Something still waits after {PATIENCE:.0f} s.")
