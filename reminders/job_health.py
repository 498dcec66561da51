"""Job health: when each named job last ran, and the heartbeats of worker and beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from reminders.models import JobRun

PLANNING = "plan reminders"
SENDING = "send reminders"
FOLLOWING = "note follow-ups"
WORKER = "worker heartbeat"
BEAT = "beat heartbeat"
CALENDAR = "keep the calendar"
SEALING = "seal the audit trail"
TELLING = "tell staff"
VERIFYING = "verify the audit trail"

#: What pages show for names of jobs and counts that are stored in other words.
LABELS = {
    FOLLOWING: "create follow-ups",
    CALENDAR: "update the calendar",
    SEALING: "extend the audit hash chain",
    TELLING: "send staff e-mails",
    BEAT: "scheduler heartbeat",
    "noted": "created",
    "letters": "e-mails",
    "put off": "postponed",
    "places lapsed": "waitlist entries expired",
}

#: A job without a run for this long is shown as stopped.
STALE_AFTER = timedelta(minutes=5)
#: The follow-ups job runs every five minutes.
FOLLOWING_STALE_AFTER = timedelta(minutes=20)
#: Jobs that raise no alarm before their first run, as after an upgrade from an older version.
NEWER = (FOLLOWING, CALENDAR, SEALING, TELLING)
#: Heartbeats come every 15 seconds.
HEARTBEAT_STALE_AFTER = timedelta(seconds=90)
#: The audit trail is verified each night, and when a worker starts, unless that was done lately.
VERIFIED_STALE_AFTER = timedelta(hours=26)
VERIFIED_LATELY = timedelta(hours=6)
#: For this long after beat started, a job that has not run yet raises no alarm.
STARTING = timedelta(minutes=3)
#: Allowed difference between the clocks of two machines. A time further ahead was written by a
#: clock that has gone back since, and says nothing about now.
AHEAD = timedelta(minutes=1)


@dataclass(frozen=True)
class JobHealth:
    """One line of the health page."""

    name: str
    finished_at: datetime | None
    counts: dict[str, int]
    failure: str
    is_fresh: bool

    @property
    def done(self) -> dict[str, int]:
        """The counts that are not zero."""
        return {what: count for what, count in self.counts.items() if count}

    @property
    def faults(self) -> int:
        """For verification of the audit trail: how many rows differ from what was written."""
        return self.counts.get("faults", 0)


def label_of(name: str) -> str:
    """The words that pages show for the name of a job or of a count."""
    return LABELS.get(name, name)


def run_job(name: str, work: Callable[[], dict[str, int]], *, now: datetime) -> dict[str, int]:
    """Run `work` and save when it ended and what it did, or how it failed."""
    JobRun.objects.update_or_create(name=name, defaults={"started_at": now})
    try:
        counts = work()
    except Exception as problem:
        JobRun.objects.filter(name=name).update(failure=type(problem).__name__[:300])
        raise
    JobRun.objects.filter(name=name).update(finished_at=timezone.now(), counts=counts, failure="")
    return counts


def record_heartbeat(name: str, *, now: datetime) -> None:
    """Save that `name` is alive at `now`; `started_at` stays the first beat since it started."""
    lives = JobRun.objects.filter(
        name=name, finished_at__gt=now - HEARTBEAT_STALE_AFTER, finished_at__lte=now + AHEAD
    )
    if not lives.update(finished_at=now, failure=""):
        JobRun.objects.update_or_create(
            name=name, defaults={"started_at": now, "finished_at": now, "failure": ""}
        )


def job_health(*, now: datetime) -> list[JobHealth]:
    """Return all jobs that a running clinic has, in reading order, with those that never ran."""
    return _all_health(_runs(), now)


def last_verification(*, now: datetime) -> JobHealth | None:
    """Return the result of the last audit trail verification, or None if there was none."""
    run = JobRun.objects.filter(name=VERIFYING).first()
    if run is None:
        return None
    fresh = _is_within(run.finished_at, VERIFIED_STALE_AFTER, now)
    return JobHealth(VERIFYING, run.finished_at, run.counts, run.failure, is_fresh=fresh)


def was_verified_lately(*, now: datetime) -> bool:
    """Whether the trail was verified in the last hours and nothing was found."""
    last = last_verification(now=now)
    if last is None or last.failure or last.faults:
        return False
    return _is_within(last.finished_at, VERIFIED_LATELY, now)


def is_alive(name: str, *, now: datetime) -> bool:
    """Whether a heartbeat of `name` was seen lately."""
    lately = (now - HEARTBEAT_STALE_AFTER, now + AHEAD)
    return JobRun.objects.filter(name=name, finished_at__range=lately).exists()


def stopped_jobs(*, now: datetime) -> list[str]:
    """Return the names of jobs without a recent run; empty while a clinic is starting."""
    runs = _runs()
    if not runs or _is_starting(runs.get(BEAT), now):
        return []
    return [job.name for job in _all_health(runs, now) if not job.is_fresh]


def _runs() -> dict[str, JobRun]:
    return {run.name: run for run in JobRun.objects.all()}


def _all_health(runs: dict[str, JobRun], now: datetime) -> list[JobHealth]:
    lately = [name for name in NEWER if name in runs]
    names = [PLANNING, SENDING, *lately, WORKER, BEAT]
    return [_health(name, runs.get(name), now) for name in names]


def _health(name: str, run: JobRun | None, now: datetime) -> JobHealth:
    if run is None:
        return JobHealth(name, None, {}, "", is_fresh=False)
    patience = FOLLOWING_STALE_AFTER if name == FOLLOWING else STALE_AFTER
    fresh = _is_within(run.finished_at, patience, now)
    return JobHealth(name, run.finished_at, run.counts, run.failure, is_fresh=fresh)


def _is_starting(beat: JobRun | None, now: datetime) -> bool:
    """Whether beat started only just now, so that its jobs have not had their first run."""
    if beat is None:
        return False
    beats = _is_within(beat.finished_at, HEARTBEAT_STALE_AFTER, now)
    return beats and _is_within(beat.started_at, STARTING, now)


def _is_within(moment: datetime | None, patience: timedelta, now: datetime) -> bool:
    """Whether `moment` was less than `patience` ago, and is not in the future."""
    return moment is not None and -AHEAD <= now - moment < patience
