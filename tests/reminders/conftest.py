"""A gateway that remembers, a clock that a test turns, and one reminder that is due."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from reminders import sending
from reminders.planning import plan_due_reminders
from tests.support.world import NOW

IN_TWO_DAYS = NOW + timedelta(days=2)


class RecordingGateway:
    """Keeps every contract of a gateway and remembers what it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.failure: Exception | None = None
        self.takes_seconds = 0.0
        self.pass_time: Callable[[float], None] = lambda seconds: None

    def send(self, *, to: str, text: str, key: str) -> str:
        self.sent.append((to, text, key))
        self.pass_time(self.takes_seconds)
        if self.failure:
            raise self.failure
        return f"recorded-{key}"


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def gateway(monkeypatch):
    """One for all channels."""
    recording = RecordingGateway()
    monkeypatch.setattr(sending, "gateway_for", lambda channel: recording)
    return recording


@pytest.fixture
def gateways(monkeypatch):
    """One for each channel, by its name."""
    recording = {"sms": RecordingGateway(), "email": RecordingGateway()}
    monkeypatch.setattr(sending, "gateway_for", recording.__getitem__)
    return recording


@pytest.fixture
def clock(monkeypatch):
    turned = Clock()
    monkeypatch.setattr(sending, "monotonic", turned)
    return turned


@pytest.fixture
def due(world):
    """A visit in two days, and its reminder, due now."""
    world.reachable()
    visit = world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)
    return visit
