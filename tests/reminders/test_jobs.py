"""What a page says of the machinery: nothing while it starts, the truth after."""

from datetime import timedelta

import pytest

from reminders.job_health import (
    BEAT,
    PLANNING,
    SENDING,
    WORKER,
    is_alive,
    record_heartbeat,
    run_job,
    stopped_jobs,
)
from reminders.models import JobRun
from tests.support.world import NOW

pytestmark = pytest.mark.django_db
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def beat_for(minutes, *, since):
    for quarter in range(minutes * 4 + 1):
        record_heartbeat(BEAT, now=since + quarter * 15 * SECOND)
    return since + minutes * MINUTE


def ran(name, at):
    run_job(name, dict, now=at)
    JobRun.objects.filter(name=name).update(finished_at=at)


def test_a_clinic_that_never_ran_alarms_nobody():
    assert stopped_jobs(now=NOW) == []


def test_a_clinic_that_starts_is_given_time():
    now = beat_for(2, since=NOW)
    assert stopped_jobs(now=now) == []
    now = beat_for(2, since=now)
    assert stopped_jobs(now=now) == [PLANNING, SENDING, WORKER]


def test_a_clinic_that_was_off_for_the_night_is_given_time_too():
    for name in (PLANNING, SENDING, WORKER):
        ran(name, NOW)
    beat_for(1, since=NOW)
    morning = NOW + timedelta(hours=10)
    assert stopped_jobs(now=morning) == [PLANNING, SENDING, WORKER, BEAT]
    assert stopped_jobs(now=beat_for(1, since=morning)) == []


def test_a_clock_that_stops_is_told_at_once_when_stale():
    for name in (PLANNING, SENDING, WORKER):
        ran(name, NOW)
    last = beat_for(1, since=NOW)
    later = last + 6 * MINUTE
    for name in (PLANNING, SENDING, WORKER):
        ran(name, later)
    assert stopped_jobs(now=later) == [BEAT]


def test_a_clock_that_goes_back_makes_nothing_look_alive():
    for name in (PLANNING, SENDING, WORKER):
        ran(name, NOW)
    beat_for(1, since=NOW)
    before = NOW - timedelta(hours=6)
    assert stopped_jobs(now=before) == [PLANNING, SENDING, WORKER, BEAT]
    assert not is_alive(WORKER, now=before)
    record_heartbeat(BEAT, now=before)
    later = beat_for(4, since=before)
    assert stopped_jobs(now=later) == [PLANNING, SENDING, WORKER]


def test_two_clocks_a_few_seconds_apart_alarm_nobody():
    for name in (PLANNING, SENDING, WORKER, BEAT):
        ran(name, NOW)
    assert stopped_jobs(now=NOW - 20 * SECOND) == []
    assert is_alive(WORKER, now=NOW - 20 * SECOND)


def test_a_job_that_fails_says_why_and_stays_stale():
    with pytest.raises(ZeroDivisionError):
        run_job(PLANNING, lambda: {"planned": 1 // 0}, now=NOW)
    run = JobRun.objects.get(name=PLANNING)
    assert (run.failure, run.finished_at) == ("ZeroDivisionError", None)
