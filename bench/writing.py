"""Registering and booking over HTTP: seconds for one, and how many per second."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from bench.clinics import Clinic, say
from bench.conversation import Ask, Conversation
from bench.figures import summary

AT_ONCE = 4
#: Visits are booked this far ahead, where nothing else is: beyond the holidays that are entered.
FIRST_DAY_AHEAD = 800
SLOTS_A_DAY, SLOT = 16, timedelta(minutes=30)
FIRST_BIRTH_DATE = date(1950, 1, 1)
#: Names hold no digits.
LETTERS = str.maketrans("0123456789", "ghijklmnop")


def measure(clinic: Clinic, *, times: int) -> dict[str, Any]:
    marks = clinic.ask_inside("landmarks")
    say(f"{clinic.name}: registering patients")
    registered = _measured(clinic, lambda number: _registration(marks, number), times=times)
    say(f"{clinic.name}: booking appointments")
    booked = _measured(clinic, lambda number: _booking(marks, number), times=times)
    return {"register a patient": registered, "book an appointment": booked}


def _measured(clinic: Clinic, ask: Callable[[int], Ask], *, times: int) -> dict[str, float]:
    """Latency on one connection, then throughput on several at once."""
    numbers = count()
    talks = [Conversation(clinic.port) for _ in range(AT_ONCE)]
    for _ in range(3):
        talks[0].seconds(ask(next(numbers)))
    alone = [talks[0].seconds(ask(next(numbers))) for _ in range(times)]
    shares = [[ask(next(numbers)) for _ in range(times)] for _ in talks]
    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for done in [threads.submit(_all, *pair) for pair in zip(talks, shares, strict=True)]:
            done.result()
    took = time.perf_counter() - started
    for talk in talks:
        talk.close()
    return summary(alone) | {"per_second": AT_ONCE * times / took}


def _all(talk: Conversation, asks: list[Ask]) -> list[float]:
    return [talk.seconds(ask) for ask in asks]


def _registration(marks: dict[str, Any], number: int) -> Ask:
    """Somebody new, of whom nobody like them is known."""
    return Ask(
        "register a patient",
        "/api/v1/patients",
        body={
            "site": marks["site"],
            "given_name": _word(f"given {number}"),
            "family_name": _word(f"family {number}"),
            "birth_date": (FIRST_BIRTH_DATE + timedelta(days=number * 7919 % 18_000)).isoformat(),
            "phone": f"+1617555{number % 10_000:04d}",
            "may_text": True,
        },
        expected=201,
    )


def _booking(marks: dict[str, Any], number: int) -> Ask:
    day, slot = divmod(number, SLOTS_A_DAY)
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    patient, site = marks["to_book"][number % len(marks["to_book"])]
    return Ask(
        "book an appointment",
        "/api/v1/appointments",
        body={
            "patient": patient,
            "site": site,
            "type": marks["type"],
            "practitioner": marks["practitioner"],
            "starts_at": (noon + timedelta(days=FIRST_DAY_AHEAD + day) + slot * SLOT).isoformat(),
        },
        expected=201,
    )


def _word(seed: str) -> str:
    """A word of its own for each seed, and unlike the others': no duplicate is suspected."""
    return sha256(seed.encode()).hexdigest()[:14].translate(LETTERS).capitalize()
