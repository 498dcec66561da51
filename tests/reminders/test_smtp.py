"""E-mail through a real SMTP server on loopback: taken, refused, try later, or nobody knows."""

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from django.test import override_settings

from reminders.enums import ReminderStatus
from reminders.gateways import GatewayRefused, GatewayUnavailable, SmtpGateway, TryLater
from reminders.models import Reminder
from reminders.planning import plan_due_reminders
from reminders.sending import send_due_reminders
from tests.reminders.conftest import IN_TWO_DAYS
from tests.support.world import NOW

LETTER = {"to": "ana@example.org", "text": "You have an appointment.", "key": "7-1"}
HANG_UP = "hang up"


class Mailbox:
    """Takes mail, or answers each command as it is told; after HANG_UP it is gone."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answers = {"MAIL": "250 OK", "RCPT": "250 OK", "DATA": "250 OK"}

    def answer(self, command: str, server: SMTP) -> str:
        if self.answers[command] == HANG_UP:
            server.transport.abort()  # type: ignore[union-attr]
        return self.answers[command]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.mail_from = address
        return self.answer("MAIL", server)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answer("RCPT", server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answer("DATA", server)
        if answer.startswith("250"):
            self.envelopes.append(envelope)
        return answer


def free_port() -> int:
    # The controller checks its own port by connecting; it must know the one the system chose.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listen(box: Mailbox, **how: Any) -> Iterator[Mailbox]:
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **how)
    controller.start()
    with override_settings(
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=controller.port,
        EMAIL_USE_TLS=False,
        EMAIL_USE_SSL=False,
    ):
        yield box
    controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    yield from listen(Mailbox())


@pytest.fixture
def locked_mailbox() -> Iterator[Mailbox]:
    """Knows nobody's password."""
    yield from listen(
        Mailbox(),
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=False, handled=False),
    )


def test_mail_arrives_discreet(mailbox):
    assert SmtpGateway().send(**LETTER) == "smtp-7-1"
    (envelope,) = mailbox.envelopes
    assert envelope.rcpt_tos == ["ana@example.org"]
    message = message_from_bytes(envelope.content)
    assert message["Subject"] == "Your appointment"
    assert message["Message-ID"] == "<7-1@reminders.invalid>"
    assert str(message.get_payload()).strip() == "You have an appointment."


# --- refused: this message, for good -------------------------------------------------------------


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refusal_is_named_without_the_address(mailbox, command):
    mailbox.answers[command] = "550 no such box: ana"
    with pytest.raises(GatewayRefused) as refused:
        SmtpGateway().send(**LETTER)
    assert str(refused.value) == "The mail server refused the message (550)."


@pytest.mark.parametrize("to", ["ana\n@example.org", "ana", "жан@example.org"])
def test_an_address_that_cannot_be_written_is_refused(mailbox, to):
    mailbox.answers["RCPT"] = "553 what is this?"
    with pytest.raises(GatewayRefused) as refused:
        SmtpGateway().send(**{**LETTER, "to": to})
    assert "ana" not in str(refused.value)


# --- try later -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_try_later_is_of_this_message_only(mailbox, command):
    mailbox.answers[command] = "451 greylisted: ana"
    with pytest.raises(TryLater, match=r"asks to try later \(451\)\.$"):
        SmtpGateway().send(**LETTER)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "451 try later"),
        ("MAIL", "530 authentication required"),
        ("MAIL", HANG_UP),
        ("RCPT", "421 closing"),
        ("RCPT", HANG_UP),
        ("DATA", "421 closing"),
    ],
)
def test_a_server_that_takes_nothing_is_unavailable(mailbox, command, answer):
    mailbox.answers[command] = answer
    with pytest.raises(GatewayUnavailable) as problem:
        SmtpGateway().send(**LETTER)
    assert not isinstance(problem.value, TryLater)


def refuse_connection() -> None:
    raise ConnectionRefusedError


def know_no_such_name() -> None:
    raise socket.gaierror(-2, "Name or service not known")


def find_no_route() -> None:
    raise OSError(113, "No route to host")


def connect_too_slowly() -> None:
    raise TimeoutError


@pytest.mark.parametrize(
    "fail", [refuse_connection, know_no_such_name, find_no_route, connect_too_slowly]
)
def test_no_server_is_unavailable(monkeypatch, settings, fail: Callable[[], None]):
    settings.EMAIL_HOST = "127.0.0.1"
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: fail())
    with pytest.raises(GatewayUnavailable, match=r"cannot be used \(\w+\)"):
        SmtpGateway().send(**LETTER)


def test_no_listener_is_unavailable(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(GatewayUnavailable, match="ConnectionRefusedError"):
        SmtpGateway().send(**LETTER)


def test_a_wrong_password_is_unavailable(locked_mailbox, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "desk", "wrong"
    with pytest.raises(GatewayUnavailable, match="SMTPAuthenticationError"):
        SmtpGateway().send(**LETTER)


def test_a_server_without_encryption_is_unavailable(mailbox, settings):
    settings.EMAIL_USE_TLS = True
    with pytest.raises(GatewayUnavailable, match="SMTPNotSupportedError"):
        SmtpGateway().send(**LETTER)


def test_settings_that_contradict_each_other_lose_nothing(mailbox, settings):
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = True
    with pytest.raises(GatewayUnavailable):
        SmtpGateway().send(**LETTER)


def test_a_server_that_never_greets_is_unavailable(settings):
    settings.EMAIL_TIMEOUT = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        with pytest.raises(GatewayUnavailable):
            SmtpGateway().send(**LETTER)


def test_a_sender_that_is_no_address_is_the_clinics_fault(mailbox, settings):
    settings.DEFAULT_FROM_EMAIL = "desk@example.org bell@example.org"
    with pytest.raises(GatewayUnavailable, match="DEFAULT_FROM_EMAIL"):
        SmtpGateway().send(**LETTER)


# --- nobody knows --------------------------------------------------------------------------------


def test_a_line_that_breaks_after_the_message_leaves_it_uncertain(mailbox):
    mailbox.answers["DATA"] = HANG_UP
    with pytest.raises(OSError) as problem:  # noqa: PT011 - whatever it is, it is none of ours
        SmtpGateway().send(**LETTER)
    assert not isinstance(problem.value, GatewayRefused | GatewayUnavailable)


def test_an_answer_that_is_none_leaves_it_uncertain(settings):
    """A machine between us and the server that answers nonsense after the message."""
    settings.EMAIL_TIMEOUT = 2
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        talk = threading.Thread(target=answer_by_rote, args=[server])
        talk.start()
        with pytest.raises(OSError) as problem:  # noqa: PT011 - whatever it is, it is none of ours
            SmtpGateway().send(**LETTER)
        talk.join(5)
    assert not isinstance(problem.value, GatewayRefused | GatewayUnavailable)


def answer_by_rote(server: socket.socket) -> None:
    line, _ = server.accept()
    with line, line.makefile("rb") as words:
        line.sendall(b"220 hello\r\n")
        for answer in (b"250 hello\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n"):
            words.readline()
            line.sendall(answer)
        while words.readline() != b".\r\n":
            pass
        line.sendall(b"??? what\r\n")


def test_what_was_taken_stays_taken_when_the_good_bye_fails(mailbox, monkeypatch):
    def rude(self: smtplib.SMTP) -> None:
        raise TimeoutError

    monkeypatch.setattr(smtplib.SMTP, "quit", rude)
    assert SmtpGateway().send(**LETTER) == "smtp-7-1"
    assert len(mailbox.envelopes) == 1


# --- all the way ---------------------------------------------------------------------------------


@pytest.fixture
def due_by_mail(world, settings):
    settings.REMINDER_EMAIL_GATEWAY = "smtp"
    world.reachable(kind="email")
    world.book(IN_TWO_DAYS)
    plan_due_reminders(now=NOW)


def test_an_outage_of_the_mail_server_loses_no_reminder(due_by_mail, mailbox, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    assert send_due_reminders(now=NOW) == {"put off": 1}
    row = Reminder.objects.get()
    assert (row.status, row.failure) == (
        ReminderStatus.DUE,
        "The mail server cannot be used (ConnectionRefusedError).",
    )
    settings.EMAIL_PORT = port
    assert send_due_reminders(now=row.due_at) == {"sent": 1}
    (envelope,) = mailbox.envelopes
    assert message_from_bytes(envelope.content)["Message-ID"] == f"<{row.pk}-1@reminders.invalid>"
