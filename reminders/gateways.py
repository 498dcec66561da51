"""The gateway interface and its implementations: SMTP, mail provider, SMS and test gateways.

The test gateways send nothing: the console, the outbox and the null gateway. A gateway does one of
four things:
- returns a reference: it took the message;
- raises GatewayRefused: it did not take this message, and will not;
- raises GatewayUnavailable, or TryLater: it did not take it, and may at another time;
- raises anything else: the message may have been sent, so it is uncertain.

The settings name one for each channel, or "none" where the clinic has no way to send.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from smtplib import SMTP, SMTPDataError
from typing import Protocol, cast

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import SafeMIMEText, sanitize_address

from reminders.enums import Channel
from reminders.errors import GatewayRefused, GatewayUnavailable, TryLater
from reminders.sms_gateway import TextGateway
from reminders.sms_length import segments

__all__ = [
    "GATEWAYS",
    "NO_GATEWAY",
    "Gateway",
    "GatewayRefused",
    "GatewayUnavailable",
    "TryLater",
    "gateway_for",
    "takes_replies",
]

OK, OK_FORWARDED, OK_UNVERIFIED, CLOSING = 250, 251, 252, 421


class Gateway(Protocol):
    """Interface of anything that can send a message.

    `key` is the same at every try of one reminder, so that a gateway that supports keys takes it
    once. Another key for the same reminder means that a staff member wants another message.
    """

    def send(self, *, to: str, text: str, key: str) -> str: ...


class OutboxGateway:
    """Sends nothing: the text stays on the reminder, where staff can read it."""

    def send(self, *, to: str, text: str, key: str) -> str:
        return f"outbox-{key}"


class ConsoleGateway:
    """For development: like the outbox, with a log line that has neither number nor text."""

    def send(self, *, to: str, text: str, key: str) -> str:
        sys.stdout.write(f"console: reminder {key} handed over, segments: {segments(text)}\n")
        sys.stdout.flush()
        return f"console-{key}"


class NullGateway:
    """Takes everything at once, for measuring the speed of the application itself."""

    def send(self, *, to: str, text: str, key: str) -> str:
        return f"null-{key}"


class SmtpGateway:
    """E-mail through the clinic's own mail server, one connection for each message."""

    def send(self, *, to: str, text: str, key: str) -> str:
        sender, letter = _sender(), _letter(to, text, key)
        server = _connected()
        try:
            _announce(server, sender, to)
            _deliver(server, letter)
        finally:
            _hang_up(server)
        return f"smtp-{key}"


def _letter(to: str, text: str, key: str) -> bytes:
    message = EmailMessage(
        subject=settings.REMINDER_SUBJECT,
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={
            "Message-ID": f"<{key}@reminders.invalid>",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        return cast("SafeMIMEText", message.message()).as_bytes(linesep="\r\n")
    except ValueError as problem:
        raise GatewayRefused(
            f"E-mail to this address is not possible ({_kind(problem)})."
        ) from None


def _sender() -> str:
    try:
        return sanitize_address(settings.DEFAULT_FROM_EMAIL, "utf-8")
    except ValueError:
        raise GatewayUnavailable("DEFAULT_FROM_EMAIL is not an e-mail address.") from None


def _connected() -> SMTP:
    """Return a connection, encrypted and logged in as EMAIL_URL says.

    Raises GatewayUnavailable if anything fails, because nothing was sent.
    """
    try:
        return _opened(EmailBackend())
    except Exception as problem:
        raise GatewayUnavailable(f"The mail server cannot be used ({_kind(problem)}).") from None


def _opened(backend: EmailBackend) -> SMTP:
    try:
        backend.open()
    except Exception:
        with suppress(OSError):
            backend.close()
        raise
    return cast("SMTP", backend.connection)


def _announce(server: SMTP, sender: str, to: str) -> None:
    """Send the SMTP envelope. Nothing is handed over yet, so a broken connection loses nothing."""
    try:
        server.ehlo_or_helo_if_needed()
        code, _ = server.mail(sender)
        if code != OK:
            # The sender is the clinic for every recipient: the next message would be refused as
            # well.
            raise GatewayUnavailable(
                f"The mail server does not accept mail from this clinic ({code})."
            )
        code, _ = server.rcpt(sanitize_address(to, "utf-8"))
        if code not in {OK, OK_FORWARDED, OK_UNVERIFIED}:
            _not_taken(code)
    except OSError as problem:
        raise GatewayUnavailable(
            f"The mail server ended the connection ({_kind(problem)})."
        ) from None
    except ValueError as problem:
        raise GatewayRefused(
            f"E-mail to this address is not possible ({_kind(problem)})."
        ) from None


def _deliver(server: SMTP, letter: bytes) -> None:
    """Send the message itself. A plain refusal is an answer; anything else is uncertain."""
    try:
        code, _ = server.data(letter)
    except SMTPDataError as problem:
        code = problem.smtp_code
    if code != OK:
        _not_taken(code)


def _not_taken(code: int) -> None:
    if code == CLOSING:
        raise GatewayUnavailable(f"The mail server is closing ({code}).")
    if 400 <= code < 500:
        raise TryLater(f"The mail server asks to try later ({code}).")
    if 500 <= code < 600:
        raise GatewayRefused(f"The mail server refused the message ({code}).")
    raise SMTPDataError(code, b"")


def _hang_up(server: SMTP) -> None:
    """Close the connection; an error here does not change that the message was taken."""
    with suppress(OSError):
        server.quit()
    server.close()


def _kind(problem: Exception) -> str:
    return type(problem).__name__


def _provider() -> Gateway:
    # Imported here because most clinics have no provider, and it imports many packages.
    from reminders.email_providers import ProviderGateway  # noqa: PLC0415

    return ProviderGateway()


NO_GATEWAY = "none"
#: By channel, then by the value in the settings.
GATEWAYS: dict[str, dict[str, Callable[[], Gateway] | None]] = {
    Channel.EMAIL: {
        NO_GATEWAY: None,
        "console": ConsoleGateway,
        "outbox": OutboxGateway,
        "null": NullGateway,
        "smtp": SmtpGateway,
        "anymail": _provider,
    },
    Channel.SMS: {
        NO_GATEWAY: None,
        "console": ConsoleGateway,
        "outbox": OutboxGateway,
        "null": NullGateway,
        "twilio": TextGateway,
    },
}


def takes_replies(gateway: Gateway | None) -> bool:
    """Whether replies to messages of this gateway come back to this clinic."""
    return bool(getattr(gateway, "takes_replies", False))


def gateway_for(channel: str) -> Gateway | None:
    """Return the gateway that the settings name for `channel`; None if nothing can be sent."""
    name = (
        settings.REMINDER_EMAIL_GATEWAY
        if channel == Channel.EMAIL
        else settings.REMINDER_SMS_GATEWAY
    )
    make = GATEWAYS[channel][name]
    return make() if make else None
