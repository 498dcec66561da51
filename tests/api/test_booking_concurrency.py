"""Many hands at one calendar, over real HTTP: nobody twice, no group overrun, no failure of ours.

MAINSTAY_STORM_SECONDS=60 storms for a minute.
"""

from __future__ import annotations

import os
import time as clock
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest
import time_machine
from django.db import connection

from access.enums import Role
from appointments.models import Appointment, GroupSession, Room
from tests.appointments.test_held_time import OVERLAPS
from tests.support import calendar_world as calendar
from tests.support.auth import token_for
from tests.support.world import NOW, World, make_user, make_world

SECONDS = float(os.environ.get("MAINSTAY_STORM_SECONDS", "5"))
CALLERS, HANDS = 200, 16
#: However slow the machine: so many deeds of each hand.
LEAST = 30
HOLDING = "('booked', 'confirmed', 'arrived', 'completed')"
#: What the triggers keep, against what they keep it from: rows that are in one and not in the other.
ASTRAY = f"""
    SELECT count(*) FROM (
        SELECT id, practitioner_id, room_id,
            tstzrange(starts_at, ends_at + make_interval(mins => buffer_minutes)) AS period
        FROM appointments_appointment
        WHERE status IN {HOLDING} AND group_session_id IS NULL
          AND (practitioner_id IS NOT NULL OR room_id IS NOT NULL)
    ) visit FULL JOIN (
        SELECT * FROM appointments_heldtime WHERE appointment_id IS NOT NULL
    ) held ON held.appointment_id = visit.id
        AND held.practitioner_id IS NOT DISTINCT FROM visit.practitioner_id
        AND held.room_id IS NOT DISTINCT FROM visit.room_id AND held.period = visit.period
    WHERE held.id IS NULL OR visit.id IS NULL
"""  # noqa: S608
MISCOUNTED = f"""
    SELECT count(*) FROM appointments_groupsession session
    WHERE seats_taken > capacity OR seats_taken <> (
        SELECT count(*) FROM appointments_appointment
        WHERE group_session_id = session.id AND status IN {HOLDING})
"""  # noqa: S608
LEFT_BEHIND = f"""
    SELECT count(*) FROM appointments_appointment visit
    JOIN appointments_groupsession session ON session.id = visit.group_session_id
    WHERE visit.status IN {HOLDING}
      AND (visit.starts_at <> session.starts_at OR session.status = 'cancelled')
"""  # noqa: S608
HELD_TWICE = """
    SELECT count(*) FROM appointments_heldtime one JOIN appointments_heldtime other
      ON one.id < other.id AND one.period && other.period
     AND (one.practitioner_id = other.practitioner_id OR one.room_id = other.room_id)
"""


@pytest.fixture
def _fixed_moment():
    """In place of the fixed one: real threads wait on a clock that goes."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def clinic(transactional_db) -> World:
    return make_world()


@pytest.fixture
def caller(live_server, clinic: World):
    """`caller(number)` is a client that holds so many connections."""
    secret = token_for(clinic.front_desk, expires_at=NOW + timedelta(hours=1), now=NOW)[1]
    opened = []

    def connect(connections: int) -> httpx.Client:
        client = httpx.Client(
            base_url=f"{live_server.url}/api/v1/",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=120,
            limits=httpx.Limits(max_connections=connections),
            trust_env=False,
        )
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


def count(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def assert_whole() -> None:
    for statement in (OVERLAPS, HELD_TWICE, ASTRAY, MISCOUNTED, LEFT_BEHIND):
        assert count(statement) == 0, statement


def test_two_hundred_and_one_seat(clinic: World, caller):
    """The group has two seats, and one is taken."""
    session = calendar.session(clinic, capacity=2)
    calendar.seat(clinic, session)
    people = [clinic.register(f"Person{number}") for number in range(CALLERS)]
    client = caller(CALLERS)
    with ThreadPoolExecutor(CALLERS) as threads:
        answers = list(
            threads.map(
                lambda patient: client.post(
                    f"group-sessions/{session.pk}/book", json={"patient": patient.pk}
                ),
                people,
            )
        )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {body["errors"][0]["code"] for body in refused} == {"group_full"}
    session.refresh_from_db()
    assert session.seats_taken == 2
    assert_whole()


class Hand:
    """One of those who book, move and cancel whatever comes to hand."""

    def __init__(self, number: int, clinic: World, client: httpx.Client, pools: dict[str, Any]):
        self.random = Random(number)
        self.clinic = clinic
        self.client = client
        self.pools = pools
        self.told: Counter[tuple[str, int]] = Counter()

    def storm(self, until: float) -> Counter[tuple[str, int]]:
        deeds = [self.book] * 6 + [self.join] * 3 + [self.move] * 4 + [self.cancel] * 4
        deeds += [self.move_group, self.wait_and_offer, self.answer]
        while clock.monotonic() < until or self.told.total() < LEAST:
            deed = self.random.choice(deeds)
            answer = deed()
            if answer is not None:
                self.told[deed.__name__, answer.status_code] += 1
                assert answer.status_code < 500, answer.text
        return self.told

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.client.post(path, json=body)

    def a(self, pool: str) -> Any:
        return self.random.choice(self.pools[pool]) if self.pools[pool] else None

    def start(self) -> str:
        quarter = self.random.randrange(24)
        return (NOW + timedelta(days=1 + quarter // 12, minutes=15 * (quarter % 12))).isoformat()

    def book(self) -> httpx.Response:
        answer = self.post(
            "appointments",
            patient=self.a("patients"),
            site=self.clinic.here.pk,
            type=self.clinic.visit_type.pk,
            practitioner=self.a("practitioners"),
            room=self.random.choice([None, *self.pools["rooms"]]),
            starts_at=self.start(),
        )
        if answer.status_code == 201:
            self.pools["visits"].append(answer.json()["id"])
        return answer

    def join(self) -> httpx.Response:
        answer = self.post(f"group-sessions/{self.a('sessions')}/book", patient=self.a("patients"))
        if answer.status_code == 201:
            self.pools["visits"].append(answer.json()["id"])
        return answer

    def move(self) -> httpx.Response | None:
        visit = self.a("visits")
        body: dict[str, Any] = {"starts_at": self.start()}
        if self.random.random() < 0.5:
            body["practitioner"] = self.a("practitioners")
            body["room"] = self.random.choice([None, *self.pools["rooms"]])
        return visit and self.post(f"appointments/{visit}/move", **body)

    def cancel(self) -> httpx.Response | None:
        visit = self.a("visits")
        return visit and self.post(
            f"appointments/{visit}/cancel", cancelled_by="patient", reason="Storm"
        )

    def move_group(self) -> httpx.Response:
        return self.post(f"group-sessions/{self.a('sessions')}/move", starts_at=self.start())

    def wait_and_offer(self) -> httpx.Response:
        made = self.post(
            "waitlist-entries",
            patient=self.a("patients"),
            site=self.clinic.here.pk,
            type=self.clinic.visit_type.pk,
            from_date="2026-03-03",
            until_date="2026-04-03",
        )
        if made.status_code != 201:
            return made
        offered = self.post(
            f"waitlist-entries/{made.json()['id']}/offer",
            practitioner=self.a("practitioners"),
            starts_at=self.start(),
        )
        if offered.status_code == 201:
            self.pools["offers"].append(offered.json()["id"])
        else:
            self.post(f"waitlist-entries/{made.json()['id']}/withdraw")
        return offered

    def answer(self) -> httpx.Response | None:
        offer = self.a("offers")
        said = self.random.choice(["accept", "decline"])
        return offer and self.post(f"waitlist-offers/{offer}/{said}")


def test_a_storm_of_bookings(clinic: World, caller):
    world = clinic
    people = [make_user(f"P{number}", Role.COUNSELOR, world.here) for number in range(4)]
    rooms = [
        Room.objects.create(site=world.here, name=f"R{number}", capacity=3) for number in range(3)
    ]
    sessions = [
        calendar.session(
            world,
            starts_at=NOW + timedelta(days=1 + number, hours=3),
            practitioner=people[number],
            room=rooms[number],
            capacity=3,
        ).pk
        for number in range(3)
    ]
    pools: dict[str, Any] = {
        "patients": [world.register(f"Person{number}").pk for number in range(20)],
        "practitioners": [user.pk for user in people],
        "rooms": [room.pk for room in rooms],
        "sessions": sessions,
        "visits": [],
        "offers": [],
    }
    until = clock.monotonic() + SECONDS
    client = caller(HANDS)
    hands = [Hand(number, world, client, pools) for number in range(HANDS)]
    with ThreadPoolExecutor(HANDS) as threads:
        told: Counter[tuple[str, int]] = Counter()
        for one in threads.map(lambda hand: hand.storm(until), hands):
            told += one
    done = {deed for (deed, status), _ in told.items() if status in {200, 201}}
    assert done >= {"book", "join", "move", "cancel"}, told
    assert any(status == 409 for _, status in told), told
    assert_whole()
    assert Appointment.objects.count() > HANDS
    assert GroupSession.objects.count() == len(sessions)


def test_what_is_counted_would_show_an_overlap(clinic: World):
    """The planted fault: with the trigger off, each of the checks at the end finds something."""
    session = calendar.session(clinic, capacity=2)
    calendar.seat(clinic, session)
    clinic.book(NOW + timedelta(days=2))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE appointments_appointment DISABLE TRIGGER USER")
        try:
            clinic.book(NOW + timedelta(days=2), patient=clinic.register("Second"))
            Appointment.objects.filter(group_session=session).update(
                starts_at=calendar.MEETING - timedelta(minutes=1), status="confirmed"
            )
            calendar.seat(clinic, session, clinic.register("Third"))
        finally:
            cursor.execute("ALTER TABLE appointments_appointment ENABLE TRIGGER USER")
    for statement in (OVERLAPS, ASTRAY, MISCOUNTED, LEFT_BEHIND):
        assert count(statement) > 0, statement
