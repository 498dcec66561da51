"""Celery tasks that join apps which do not import each other."""

import logging

from celery import shared_task
from django.utils import timezone

from access.audit.hash_chain import extend_hash_chain, verify_audit_trail
from access.staff_emails import send_staff_emails
from appointments.maintenance import run_calendar_maintenance
from reminders.job_health import CALENDAR, SEALING, TELLING, VERIFYING, run_job, was_verified_lately

logger = logging.getLogger(__name__)

#: Faults named in the log line; `manage.py verify_audit` prints all of them.
NAMED = 20
HOURS = 6


@shared_task(name="appointments.keep_calendar", expires=55)
def keep() -> None:
    now = timezone.now()
    run_job(CALENDAR, lambda: run_calendar_maintenance(now=now), now=now)


@shared_task(name="access.seal", expires=55)
def seal() -> None:
    now = timezone.now()
    run_job(SEALING, lambda: {"rows": extend_hash_chain(now=now)}, now=now)


@shared_task(name="access.tell_staff", expires=55)
def tell() -> None:
    now = timezone.now()
    run_job(TELLING, lambda: {"letters": send_staff_emails(now=now)}, now=now)


# Acknowledged at the start: verifying a long audit trail takes longer than the broker's visibility
# timeout, and two workers would do it. It has its own time limits for the same reason.
@shared_task(
    name="access.verify_trail",
    expires=3600,
    acks_late=False,
    soft_time_limit=HOURS * 3600 - 60,
    time_limit=HOURS * 3600,
)
def verify() -> None:
    """Verify every audit entry against the hash chain, nightly and when a worker starts."""
    now = timezone.now()
    if was_verified_lately(now=now):
        return
    counts = run_job(VERIFYING, _verify, now=now)
    if counts["faults"]:
        logger.error(
            "audit trail does not fit its seals: %s faults; run manage.py verify_audit",
            counts["faults"],
        )


def _verify() -> dict[str, int]:
    verdict = verify_audit_trail()
    for fault in verdict.faults[:NAMED]:
        logger.error("audit trail: %s", fault)  # ids of entries and numbers of batches
    return {"rows": verdict.rows, "faults": len(verdict.faults)}
