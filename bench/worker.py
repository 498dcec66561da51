"""What the running worker does in a second. Inside a clinic (see bench.inside)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from redis import Redis

from access.models import Site
from bench import hours
from reminders.enums import ReminderStatus
from reminders.job_health import PLANNING
from reminders.models import JobRun, Reminder
from reminders.tasks import do_nothing, send_reminders

NO_OPS = 2000
SENDERS = 2
SEND_FOR_SECONDS = 30.0
PATIENCE = 240.0


def answer(_: object) -> dict[str, float]:
    """Planning, tasks that do nothing, sending: each per second, one after the other.

    Sending is to a gateway that takes everything at once and does nothing (bench/morning.py names it).
    It is night at the sites (bench.hours): what the starting worker planned waits for the morning.
    """
    return {**_planning(), "no_ops_per_second": _no_ops(), **_sending()}


def _no_ops() -> float:
    for _ in range(NO_OPS):
        do_nothing.delay()
    # What the worker did meanwhile is not counted: it shared the machine with the one who asked.
    with Redis.from_url(settings.CACHES["default"]["LOCATION"]) as broker:
        waiting, started = _backlog(broker), time.monotonic()
        _wait(lambda: _backlog(broker) == 0, pause=0.01)
        return waiting / (time.monotonic() - started)


def _backlog(broker: Redis) -> int:
    """Messages that wait, or are in the worker's hands."""
    waiting = broker.llen(settings.CELERY_TASK_DEFAULT_QUEUE)
    return int(waiting) + int(broker.hlen("unacked"))


def _planning() -> dict[str, float]:
    """A worker that starts plans at once; that run is the one that is measured."""
    done = JobRun.objects.filter(name=PLANNING, finished_at__isnull=False)
    _wait(done.exists)
    run = done.get()
    seconds = (run.finished_at - run.started_at).total_seconds()  # type: ignore[operator]
    return {"planned": run.counts["planned"], "planned_per_second": run.counts["planned"] / seconds}


def _sending() -> dict[str, float]:
    """As fast as the worker's processes go, for at most SEND_FOR_SECONDS."""
    now = timezone.now()
    Site.objects.update(time_zone=hours.zone_where_it_is(hours.NOON, now))
    waiting = Reminder.objects.filter(status=ReminderStatus.DUE)
    waiting.update(due_at=now - timedelta(seconds=1))
    sent = Reminder.objects.filter(status=ReminderStatus.SENT)
    before, started = sent.count(), time.monotonic()
    for _ in range(SENDERS):
        send_reminders.delay()
    limit, last = started + SEND_FOR_SECONDS, started + PATIENCE / 2

    def over() -> bool:
        """On a machine that is busy with other things the first may take long."""
        began = sent.count() > before
        return time.monotonic() > (limit if began else last) or not waiting.exists()

    _wait(over, pause=0.1)
    took = time.monotonic() - started
    count = sent.count() - before
    return {"sent": count, "sent_per_second": count / took}


def _wait(done: Callable[[], bool], *, pause: float = 0.1) -> None:
    limit = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > limit:
            raise RuntimeError(f"The worker was not done within {PATIENCE:.0f} s.")
        time.sleep(pause)
