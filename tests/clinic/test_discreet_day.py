"""A whole day's work in a running clinic; then everything that is not the record is searched for it.

Addresses, redirects, cookies, logs of web, worker and beat, everything that was ever sent to Redis
(tasks and their arguments included), Redis's own files, and the table of sessions.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from redis import Redis

from bench.conversation import Ask, Conversation
from tests.support import launching
from tests.support.launching import Launched, manage

#: What the day writes about one person. None of it may stand anywhere but in the record.
MARKS = {
    "given name": "Zebulonia",
    "family name": "Quixworthy",
    "phone": "6175550147",
    "e-mail": "zeb.quix@example.org",
    "emergency contact": "Wilhelmina",
    "plan": "accordion",
    "problem": "tidewater",
    "note": "lighthouse",
    "event": "boatshed",
    "consent": "Cormorant Housing",
    "reason": "Wollaston",
    "emergency words": "sirens on Elm",
    "searched": "Quixwurthy",
}
ADDRESS = re.compile(rb'(?:href|action|src|hx-get|hx-post)="([^"]*)"')
PASSWORD = "demonstration-only-pass"
TODAY = date.today().isoformat()  # noqa: DTZ011 - a real clinic on this machine's own day


class Day(Conversation):
    """A conversation that keeps every address, redirect and cookie it meets."""

    def __init__(self, port: int, email: str) -> None:
        self.met: list[str] = []
        super().__init__(port, email=email)

    def _exchange(
        self, method: str, address: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        status, answer = super()._exchange(method, address, data, headers)
        self.met += [address, *(one.decode() for one in ADDRESS.findall(answer))]
        self.met += list(self._cookies.values())
        self.answer = answer
        return status, answer

    def sees(self, address: str, expected: int = 200, **fields: str) -> str:
        self.seconds(Ask(address, address, fields=fields or None, expected=expected))
        return self.answer.decode()

    def tells(self, address: str, expected: int = 201, **body: Any) -> dict[str, Any]:
        self.seconds(Ask(address, f"/api/v1/{address}", body=body, expected=expected))
        found: dict[str, Any] = json.loads(self.answer)
        return found

    def asks(self, address: str) -> dict[str, Any]:
        self.seconds(Ask(address, f"/api/v1/{address}"))
        found: dict[str, Any] = json.loads(self.answer)
        return found


@pytest.fixture(scope="module")
def clinic() -> Iterator[Launched]:
    with launching.migrated_state_folder() as state:
        launched = Launched(state, launching.free_port())
        try:
            launched.wait_until_ready()
            yield launched
        finally:
            launched.stop()


@contextmanager
def listening(server: Redis) -> Iterator[list[str]]:
    """Every command that anybody sends to Redis meanwhile."""
    heard: list[str] = []
    stop = threading.Event()

    def listen() -> None:
        with server.monitor() as monitor:
            for command in monitor.listen():
                heard.append(str(command["command"]))
                if stop.is_set():
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    time.sleep(0.5)
    try:
        yield heard
    finally:
        stop.set()
        server.ping()
        listener.join(10)


def redis_of(clinic: Launched) -> Redis:
    (socket,) = (
        clinic.state.rglob("*.sock") if list(clinic.state.rglob("*.sock")) else _sockets(clinic)
    )
    return Redis(unix_socket_path=str(socket))


def _sockets(clinic: Launched) -> list[Any]:
    from clinic.devserver.embedded import paths

    folder = paths.socket_folder(clinic.state)
    return [path for path in folder.iterdir() if "valkey" in path.name or "redis" in path.name]


def work(day: Day, front_desk: Day) -> int:
    """From the door to the reminder: one of everything that takes words. Gives the patient's id."""
    site = day.asks("sites")["results"][0]["id"]
    patient = day.tells(
        "patients",
        site=site,
        given_name=MARKS["given name"],
        family_name=MARKS["family name"],
        birth_date="1979-04-02",
        phone=MARKS["phone"],
        may_text=True,
    )["id"]
    on = {"patient": patient}
    day.tells("contact-points", kind="email", value=MARKS["e-mail"], may_send_messages=True, **on)
    day.tells("emergency-contacts", name=MARKS["emergency contact"], phone="6175550148", **on)
    program = next(one for one in day.asks("programs")["results"] if one["site"] == site)["id"]
    episode = day.tells("episodes", program=program, admission_date=TODAY, **on)["id"]
    plan = day.tells("plans", episode=episode, summary=f"I want my {MARKS['plan']} back")["id"]
    day.tells(f"plans/{plan}/problems", area="opioid_use", description=f"Use at {MARKS['problem']}")
    day.tells("events", kind="overdose", occurred_date=TODAY, note=f"In a {MARKS['event']}", **on)
    day.tells("counselling-notes", session_date=TODAY, words=f"The {MARKS['note']} again", **on)
    day.sees(f"/patients/{patient}")
    for words in ("quixworthy zebulonia", MARKS["searched"], MARKS["phone"], MARKS["e-mail"]):
        front_desk.sees("/patients", words=words)
        day.tells("patients/search", expected=200, words=words)
    _visits(day, front_desk, patient, site)
    _registered_at_the_desk(front_desk, site)
    _refusals(front_desk, patient)
    return int(patient)


def _visits(day: Day, front_desk: Day, patient: int, site: int) -> None:
    kind = day.asks("appointment-types")["results"][0]["id"]
    practitioner = day.asks("practitioners")["results"][0]["id"]
    starts = [f"{date.fromisoformat(TODAY) + timedelta(days=days)}T15:00:00Z" for days in (20, 1)]
    for starts_at in starts:
        visit = day.tells(
            "appointments",
            patient=patient,
            site=site,
            type=kind,
            practitioner=practitioner,
            starts_at=starts_at,
        )["id"]
        if starts_at == starts[0]:
            front_desk.sees(
                f"/appointments/{visit}/cancel",
                expected=302,
                cancelled_by="patient",
                reason=f"No bus from {MARKS['reason']}",
            )


def _registered_at_the_desk(front_desk: Day, site: int) -> None:
    """By the form; what the next page says of it waits nowhere with a name in it."""
    person = {
        "given_name": MARKS["given name"],
        "family_name": f"{MARKS['family name']} Lee",
        "birth_date": "1991-11-30",
        "sex": "unknown",
        "language": "en",
        "site": str(site),
        "is_somebody_new": "True",
    }
    front_desk.sees("/patients/new", expected=302, **person)


def _refusals(front_desk: Day, patient: int) -> None:
    """What is typed wrong is shown again, and goes nowhere else."""
    person = {"given_name": MARKS["given name"], "family_name": MARKS["family name"]}
    front_desk.sees("/patients/new", expected=422, **person, birth_date="nonsense")
    front_desk.sees(f"/patients/{patient}/contact", expected=422, kind="email", value="zeb.quix")
    front_desk.sees("/patients/999999999", expected=404)
    front_desk.sees(f"/patients/{patient}/doses", expected=403)
    front_desk.seconds(Ask("bad", "/api/v1/patients", body={**person, "site": "x"}, expected=400))


def every_task_runs_once(clinic: Launched, server: Redis) -> None:
    """Whatever beat would start, with this patient in the tables."""
    send = (
        "from clinic.celery import app\n"
        "for one in app.conf.beat_schedule.values(): app.send_task(one['task'])"
    )
    done = manage("shell", "-c", send, state=clinic.state)
    assert done.returncode == 0, done.stderr

    def settled() -> bool:
        queued = server.llen("default") + server.llen("sending")
        return int(queued) + int(server.hlen("unacked")) == 0

    assert launching.eventually(settled, 60)


def everything_but_the_record(clinic: Launched, server: Redis, heard: list[str]) -> dict[str, str]:
    """By place, as text."""
    found = {path.name: path.read_text(errors="replace") for path in clinic.state.rglob("*.log")}
    found["said"] = clinic.text()
    found["sent to Redis"] = "\n".join(heard) + _unpacked(heard)
    found["Redis, values"] = "\n".join(
        str(server.dump(key)) for key in server.scan_iter() if server.exists(key)
    )
    for path in clinic.state.rglob("*"):
        if path.is_file() and path.suffix in {".aof", ".rdb"}:
            found[path.name] = path.read_bytes().decode(errors="replace")
    sessions = manage(
        "shell",
        "-c",
        "from django.contrib.sessions.models import Session\n"
        "for one in Session.objects.all(): print(one.get_decoded())",
        state=clinic.state,
    )
    found["sessions"] = sessions.stdout
    assert "_auth_user_id" in sessions.stdout, sessions.stderr
    return found


def _unpacked(heard: list[str]) -> str:
    """The bodies of Celery's messages, which are base64 inside JSON."""
    bodies = re.findall(r'\\*"body\\*": \\*"([A-Za-z0-9+/=]+)\\*"', "\n".join(heard))
    return "\n".join(base64.b64decode(body).decode(errors="replace") for body in bodies)


def test_a_day_s_work_stands_in_the_record_and_nowhere_else(clinic):
    with redis_of(clinic) as server, listening(server) as heard:
        day = Day(clinic.port, "director@example.org")
        front_desk = Day(clinic.port, "front-desk@example.org")
        patient = work(day, front_desk)
        every_task_runs_once(clinic, server)
        assert "Quixworthy" in day.sees(f"/patients/{patient}")
        day.close()
        front_desk.close()
        searched = everything_but_the_record(clinic, server, heard)
    searched["addresses, redirects, cookies"] = "\n".join(day.met + front_desk.met)
    assert any("reminders" in text for text in heard), "no task was heard: the ear was deaf"
    leaks = [
        (place, what)
        for place, text in searched.items()
        for what, mark in MARKS.items()
        if mark.lower() in text.lower()
    ]
    assert leaks == []


def test_the_search_would_find_a_leak(clinic):
    """Else the test above would prove nothing: a name as a task's argument is heard and unpacked."""
    with redis_of(clinic) as server, listening(server) as heard:
        send = "from clinic.celery import app; app.send_task('x', args=['Quixworthy'])"
        done = manage("shell", "-c", send, state=clinic.state)
        assert done.returncode == 0, done.stderr
        time.sleep(1)
    assert "Quixworthy" in _unpacked(heard)
