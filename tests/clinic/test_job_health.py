"""What the clock starts every few minutes is on the Jobs page: a job that stopped in silence is found."""

from datetime import timedelta

import pytest
from celery.schedules import crontab

from clinic.celery import app
from reminders.job_health import job_health
from reminders.models import JobRun
from tests.support.world import NOW

pytestmark = pytest.mark.django_db

OFTEN = [
    entry["task"]
    for entry in app.conf.beat_schedule.values()
    if isinstance(entry["schedule"], crontab) and str(entry["schedule"]).startswith("<crontab: *")
]


@pytest.fixture(autouse=True)
def _tasks_are_known():
    app.loader.import_default_modules()


def test_there_are_such_jobs():
    assert {"reminders.plan", "appointments.keep_calendar", "access.seal"} <= set(OFTEN)


@pytest.mark.parametrize("name", OFTEN)
def test_each_leaves_its_line(world, name, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    app.tasks[name].apply(throw=True)
    ran = JobRun.objects.get()
    assert ran.finished_at is not None
    lines = {job.name: job for job in job_health(now=ran.finished_at)}
    assert lines[ran.name].is_fresh
    later = {job.name: job for job in job_health(now=ran.finished_at + timedelta(minutes=30))}
    assert not later[ran.name].is_fresh


def test_a_job_that_this_clinic_never_ran_is_no_alarm():
    assert [job.name for job in job_health(now=NOW)] == [
        "plan reminders",
        "send reminders",
        "worker heartbeat",
        "beat heartbeat",
    ]
