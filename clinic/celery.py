"""The Celery app, its beat schedule and queues. What is due and done stands in PostgreSQL."""

import os
import time
from typing import Any

from celery import Celery, signals
from celery.beat import PersistentScheduler
from kombu import Exchange, Queue

from clinic.beat_schedule import BEAT_SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("mainstay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = BEAT_SCHEDULE
app.conf.beat_max_loop_interval = 15
# Every worker serves all queues in turn, unless it is told which (`-Q planning,default`). Sending
# has a queue of its own, so that any number of waiting runs does not delay a heartbeat, planning or
# the hash chain on the next free process. Long reads (reports) have their own queue for the same
# reason.
QUEUES = ("default", "planning", "sending", "reports")
app.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
app.conf.task_routes = {
    "reminders.send": {"queue": "sending"},
    "reminders.plan": {"queue": "planning"},
    "reminders.follow_up": {"queue": "planning"},
    "access.verify_trail": {"queue": "reports"},
}


@signals.celeryd_init.connect
@signals.beat_init.connect
def _refuse_to_start(**_: Any) -> None:
    # Imported here: Celery loads this module before Django's apps are ready.
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    from clinic.checks import refuse_to_run  # noqa: PLC0415

    try:
        refuse_to_run()
    except ImproperlyConfigured as problem:
        # Celery logs an exception of a signal receiver and continues; only SystemExit stops it.
        raise SystemExit(str(problem)) from None


@signals.worker_ready.connect
def _catch_up(**_: Any) -> None:
    """Start the jobs at once when a worker starts, instead of at the next minute."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"])


class ClinicScheduler(PersistentScheduler):
    """Celery's persistent scheduler that also writes a heartbeat row every 15 seconds."""

    _last_beat = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if time.monotonic() - self._last_beat >= 15:
            self._record_heartbeat()
        return float(super().tick(*args, **kwargs))

    def _record_heartbeat(self) -> None:
        # Imported here: Celery loads this module before Django's apps are ready.
        from django.db import DatabaseError, close_old_connections  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from reminders.job_health import BEAT, record_heartbeat  # noqa: PLC0415

        self._last_beat = time.monotonic()
        try:
            close_old_connections()
            record_heartbeat(BEAT, now=timezone.now())
        except DatabaseError:
            # Beat continues; the missing heartbeat shows on the jobs page.
            self.logger.warning("no sign of life written: database not reachable")


app.conf.beat_scheduler = ClinicScheduler
