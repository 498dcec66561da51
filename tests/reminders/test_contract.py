"""One contract for every gateway that talks to another server, against a server that does everything wrong.

Whatever happens: taken and answered is sent; a clear no is refused; "another time" is another time; and what
may have been taken is uncertain, never sent again by itself, never lost. Nothing names the patient.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest

from reminders import sms_gateway
from reminders.email_providers import ProviderGateway
from reminders.enums import ReminderStatus
from reminders.errors import GatewayRefused, GatewayUnavailable, TryLater
from reminders.gateways import Gateway
from reminders.models import Reminder
from reminders.sending import send_due_reminders
from reminders.sms_gateway import TextGateway, international
from tests.reminders.gateway_server import (
    HALF_AN_ANSWER,
    HANG_UP_AFTER,
    HANG_UP_BEFORE,
    NO_NUMBER,
    SLOW,
    FakeGateway,
    running,
)
from tests.support.world import NOW

NUMBER = "5550101234"
MESSAGE = {"to": NUMBER, "text": "You have an appointment.", "key": "7-1"}
#: Refused, another time, not now at all; what the server did, what the contract says.
CLEAR = [
    (400, GatewayRefused),
    (404, GatewayRefused),
    (422, GatewayRefused),
    (401, GatewayUnavailable),
    (403, GatewayUnavailable),
    (408, TryLater),
    (429, TryLater),
    (503, GatewayUnavailable),
]
UNCLEAR = [500, 502, 504, 302, HANG_UP_AFTER, HALF_AN_ANSWER, SLOW]


@pytest.fixture
def server() -> Iterator[FakeGateway]:
    with running() as gateway:
        yield gateway


def text_gateway(server: FakeGateway, settings, monkeypatch) -> Gateway:
    settings.SMS_URL = f"http://AC1:secret@127.0.0.1:{server.port}"
    settings.SMS_FROM = "+15550100000"
    settings.PUBLIC_URL = "https://clinic.example.org"
    monkeypatch.setattr(sms_gateway, "TIMEOUT_SECONDS", 0.2)
    return TextGateway()


@pytest.fixture
def gateway(server, settings, monkeypatch) -> Gateway:
    return text_gateway(server, settings, monkeypatch)


def test_a_message_is_taken_once_with_its_key(server, gateway):
    assert gateway.send(**MESSAGE) == f"SM{1:032d}"
    assert server.taken == [
        {
            "To": "+15550101234",
            "From": "+15550100000",
            "Body": "You have an appointment.",
            "StatusCallback": "https://clinic.example.org/texts/delivery?key=7-1",
        }
    ]
    assert server.headers[0]["Idempotency-Key"] == "7-1"
    assert server.headers[0]["Authorization"] == "Basic QUMxOnNlY3JldA=="


@pytest.mark.parametrize(("status", "error"), CLEAR)
def test_a_clear_answer_is_understood(server, gateway, status, error):
    server.behave, server.code = status, 30001
    with pytest.raises(error) as said:
        gateway.send(**MESSAGE)
    assert type(said.value) is error
    assert NUMBER not in str(said.value)
    assert server.taken == []


@pytest.mark.parametrize("behaviour", [*UNCLEAR, NO_NUMBER, HANG_UP_BEFORE])
def test_what_breaks_off_is_neither_sent_nor_refused(server, gateway, behaviour):
    server.behave = behaviour
    with pytest.raises(Exception) as said:  # noqa: PT011
        gateway.send(**MESSAGE)
    assert not isinstance(said.value, GatewayRefused | GatewayUnavailable)
    assert NUMBER not in str(said.value)
    assert said.value.__cause__ is None


def test_nobody_listening_is_another_time(settings, gateway):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.SMS_URL = f"http://AC1:secret@127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(GatewayUnavailable):
        gateway.send(**MESSAGE)


def test_a_server_without_the_right_certificate_gets_nothing(server, settings, gateway):
    settings.SMS_URL = f"https://AC1:secret@127.0.0.1:{server.port}"
    with pytest.raises(GatewayUnavailable):
        gateway.send(**MESSAGE)
    assert server.taken == []


def test_stop_on_the_gateway_s_own_list_says_so(server, gateway):
    server.behave, server.code = 400, 21610
    with pytest.raises(GatewayRefused, match="STOP was texted"):
        gateway.send(**MESSAGE)


@pytest.mark.parametrize("address", ["", "https://api.example.org", "ftp://a:b@x"])
def test_without_an_account_nothing_is_tried(settings, gateway, address):
    settings.SMS_URL = address
    with pytest.raises(GatewayUnavailable):
        gateway.send(**MESSAGE)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("5550101234", "+15550101234"),
        ("15550101234", "+15550101234"),
        ("+34600111222", "+34600111222"),
    ],
)
def test_numbers_go_out_with_their_country(typed, sent):
    assert international(typed) == sent


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (201, ReminderStatus.SENT),
        (400, ReminderStatus.FAILED),
        (429, ReminderStatus.DUE),
        (503, ReminderStatus.DUE),
        (500, ReminderStatus.UNCERTAIN),
        (HANG_UP_AFTER, ReminderStatus.UNCERTAIN),
        (HALF_AN_ANSWER, ReminderStatus.UNCERTAIN),
        (SLOW, ReminderStatus.UNCERTAIN),
    ],
)
def test_what_the_row_says_afterwards(due, settings, server, gateway, caplog, behaviour, status):
    settings.REMINDER_SMS_GATEWAY = "twilio"
    caplog.set_level(logging.DEBUG)
    server.behave = behaviour
    send_due_reminders(now=NOW)
    send_due_reminders(now=NOW)
    row = Reminder.objects.get()
    assert row.status == status
    assert len(server.taken) <= 1
    assert NUMBER not in caplog.text + row.failure


def test_texts_say_how_to_answer_where_answers_come_back(due, settings, server, gateway):
    settings.REMINDER_SMS_GATEWAY = "twilio"
    send_due_reminders(now=NOW)
    assert (
        "Reply C to confirm, R to reschedule, STOP to stop. Harbor Office"
        in server.taken[0]["Body"]
    )


# --- a mail provider -------------------------------------------------------------------------------


class Answers:
    """What the provider's line says next."""

    def __init__(self, status: int) -> None:
        self.status = status


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (422, GatewayRefused),
        (401, GatewayUnavailable),
        (429, TryLater),
        (503, GatewayUnavailable),
    ],
)
def test_a_provider_s_clear_answer_is_understood(settings, monkeypatch, status, error):
    gateway = provider(settings, monkeypatch, status)
    with pytest.raises(error) as said:
        gateway.send(to="ana@example.org", text="Hello", key="7-1")
    assert type(said.value) is error
    assert "ana@example.org" not in str(said.value)


@pytest.mark.parametrize("status", [500, 504])
def test_a_provider_s_own_failure_is_uncertain(settings, monkeypatch, status):
    with pytest.raises(Exception) as said:  # noqa: PT011
        provider(settings, monkeypatch, status).send(to="a@example.org", text="Hello", key="7-1")
    assert not isinstance(said.value, GatewayRefused | GatewayUnavailable)


def test_a_provider_takes_a_letter(settings, monkeypatch):
    found = provider(settings, monkeypatch, 200).send(to="a@example.org", text="Hello", key="7-1")
    assert found == "postmark-1"


def provider(settings, monkeypatch, status: int) -> Gateway:
    """Postmark's backend, with a line that ends here."""
    import requests

    settings.ANYMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "token"}

    def answer(self, *arguments, **options):
        found = requests.Response()
        found.status_code = status
        body = (
            b'{"ErrorCode": 0, "Message": "OK", "MessageID": "postmark-1", "To": "a@example.org"}'
        )
        found._content = body if status == 200 else b'{"ErrorCode": 10, "Message": "about it"}'
        found.headers["Content-Type"] = "application/json"
        return found

    monkeypatch.setattr(requests.Session, "request", answer)
    return ProviderGateway()
