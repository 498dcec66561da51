"""Real Celery workers on the real broker: each goes out once, and slow sending holds up nobody."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from celery import Celery
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from access.actions.accounts import service_account
from access.models import AuditEntry
from bench.hours import zone_where_it_is
from clinic.celery import app
from clinic.devserver.embedded.postgres import SUPERUSER
from clinic.devserver.processes import parts_of_the_clinic
from exchange.demo.clinic import SEEDER
from patients.enums import ContactKind
from patients.models import ContactPoint, Patient
from reminders.job_health import HEARTBEAT_STALE_AFTER, PLANNING, WORKER
from reminders.models import JobRun, Reminder
from reminders.planning import plan_due_reminders
from tests.clinic.test_checks import SOUND
from tests.reminders.test_smtp import free_port
from tests.support.world import World, make_world

ROOT = Path(__file__).resolve().parents[2]
DUE = 500


def environment(role: str = "") -> dict[str, str]:
    """The worker must find this test's own database, as `role` if one is named."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    if role:
        address = address._replace(netloc=f"{role}@{address.netloc.rpartition('@')[2]}")
    return {**os.environ, "DATABASE_URL": address.geturl(), "REDIS_URL": settings.REDIS_URL}


def runtime_role() -> str:
    """The account a clinic's own worker must have: it starts with no other (clinic/checks.py)."""
    name = f"mainstay_worker_{os.getpid()}"
    with psycopg.connect(environment(SUPERUSER)["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN")
    call_command("grant_runtime_role", name)
    return name


@pytest.mark.django_db(transaction=True)
def test_a_clinic_s_own_worker_does_not_start_as_the_owner_of_the_trail():
    ended = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "clinic", "worker", "--concurrency", "1"],
        cwd=ROOT,
        env=SOUND | environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "grant_runtime_role" in ended.stdout + ended.stderr


def start_worker(number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "clinic",
            "worker",
            "--concurrency",
            "1",
            "--hostname",
            f"test-{number}@%h",
            "--loglevel",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
        ],
        cwd=ROOT,
        env=environment(),
    )


def fill(world: World, kind: ContactKind = ContactKind.PHONE) -> None:
    """DUE patients with one way to reach them, each expected the day after tomorrow."""
    from appointments.models import Appointment

    now = timezone.now()
    # At night nobody is sent anything, whenever the tests are run.
    world.here.time_zone = zone_where_it_is(12, now)
    world.here.save()
    people = Patient.objects.bulk_create(
        Patient(
            site=world.here,
            given_name="Person",
            family_name=f"Number{number}",
            birth_date="1990-01-01",
            recorded_at=now,
        )
        for number in range(DUE)
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(
            patient=person,
            kind=kind,
            value="6175550100" if kind == ContactKind.PHONE else "somebody@example.org",
            may_send_messages=True,
            recorded_at=now,
        )
        for person in people
    )
    starts = now + timedelta(days=2)
    Appointment.objects.bulk_create(
        Appointment(
            patient=person,
            site=world.here,
            type=world.visit_type,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=30),
            held_since=now,
            recorded_at=now,
        )
        for person in people
    )
    assert plan_due_reminders(now=now) == DUE


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_of_many_due_once():
    # Else the demonstration's worker would not touch this database (clinic/demo_mode.py).
    service_account(SEEDER, now=timezone.now())
    fill(make_world())
    broker = Celery(broker=settings.CELERY_BROKER_URL)
    broker.conf.task_default_queue = settings.CELERY_TASK_DEFAULT_QUEUE
    workers = [start_worker(number) for number in (1, 2)]
    try:
        for _ in range(4):
            broker.send_task("reminders.send")
        limit = time.monotonic() + 60
        while Reminder.objects.exclude(status="sent").exists():
            assert time.monotonic() < limit, Counter(
                Reminder.objects.values_list("status", flat=True)
            )
            time.sleep(0.2)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        for worker in workers:
            worker.wait(30)
        broker.close()
    assert Reminder.objects.count() == DUE
    assert set(Reminder.objects.values_list("status", "attempts")) == {("sent", 1)}
    assert AuditEntry.objects.filter(action="reminder sent").count() == DUE
    assert JobRun.objects.get(name="send reminders").finished_at is not None


class SlowMailServer:
    """Takes a second for each message."""

    def __init__(self) -> None:
        self.at_once = self.most_at_once = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(1)
        self.at_once -= 1
        return "250 OK"


def ask_for(*names: str) -> None:
    """As beat does, by the clinic's own routes."""
    with app.connection_for_write() as connection:
        for name in names:
            app.send_task(name, connection=connection)


def wait_until(done: Callable[[], bool], *, seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.django_db(transaction=True)
def test_slow_sending_keeps_no_heartbeat_and_no_planning_waiting(
    tmp_path: Path, settings: Any
) -> None:
    """With the worker that `make run` starts, and more runs asked for than it has processes."""
    for name in ("FIELD_ENCRYPTION_KEYS", "BLIND_INDEX_KEYS"):
        setattr(settings, name, [SOUND[name]])  # what is written here is read by that worker
    fill(make_world(), ContactKind.EMAIL)
    mail_server = SlowMailServer()
    listener = Controller(mail_server, hostname="127.0.0.1", port=free_port())
    listener.start()
    by_name = {part.name: part for part in parts_of_the_clinic(tmp_path, "127.0.0.1", 0)}
    # A worker of a clinic's own: the demonstration's refuses to write to anybody.
    mail = SOUND | environment(runtime_role())
    mail |= {
        "REMINDER_EMAIL_GATEWAY": "smtp",
        "EMAIL_URL": f"smtp://127.0.0.1:{listener.port}",
    }
    worker = subprocess.Popen(by_name["worker"].command, cwd=ROOT, env=mail, start_new_session=True)
    try:
        ask_for(*["reminders.send"] * 8)
        wait_until(lambda: mail_server.most_at_once == 2, seconds=30)
        asked_at = timezone.now()
        ask_for("reminders.plan", "reminders.heartbeat")
        ran = JobRun.objects.filter(name__in=[PLANNING, WORKER], finished_at__gt=asked_at)
        took = wait_until(lambda: ran.count() == 2, seconds=30)
        assert took < HEARTBEAT_STALE_AFTER.total_seconds() / 3
        assert Reminder.objects.filter(status="due").count() > DUE / 2
        # What the first runs had no time for goes on.
        sent = Reminder.objects.filter(status="sent").count()
        wait_until(lambda: Reminder.objects.filter(status="sent").count() > sent + 1, seconds=10)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
        listener.stop()
        with app.connection_for_write() as connection:
            app.control.purge(connection=connection)
