"""Celery tasks: no arguments, one call each. A missed or repeated run does no harm."""

from celery import shared_task
from django.utils import timezone

from reminders.follow_ups import create_follow_ups
from reminders.job_health import FOLLOWING, PLANNING, SENDING, WORKER, record_heartbeat, run_job
from reminders.planning import plan_due_reminders
from reminders.sending import LEFT, send_due_reminders


@shared_task(name="reminders.plan", expires=55)
def plan_reminders() -> None:
    now = timezone.now()
    counts = run_job(PLANNING, lambda: {"planned": plan_due_reminders(now=now)}, now=now)
    if counts["planned"]:
        # Only starts the sender sooner; if this message is lost, the next minute finds the rows.
        send_reminders.delay()


@shared_task(name="reminders.follow_up", expires=280)
def follow_up() -> None:
    now = timezone.now()
    run_job(FOLLOWING, lambda: {"noted": create_follow_ups(now=now)}, now=now)


@shared_task(name="reminders.send", expires=55)
def send_reminders() -> None:
    """Send for a short time; a backlog is left to the next run, queued behind other tasks.

    Every minute starts one more such chain, so that a backlog reaches every worker.
    """
    now = timezone.now()
    counts = run_job(SENDING, lambda: send_due_reminders(now=now), now=now)
    if counts.get(LEFT):
        send_reminders.delay()


@shared_task(name="reminders.heartbeat", expires=60)
def worker_heartbeat() -> None:
    record_heartbeat(WORKER, now=timezone.now())


@shared_task(name="reminders.nothing")
def do_nothing() -> None:
    """Do nothing: the baseline that `make bench` measures sending against."""
