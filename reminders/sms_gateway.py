"""Text messages over HTTP, as Twilio takes them and what speaks its language.

One POST for each message. Nothing that names a patient stands in an error, a log or an address: the
number and the text are in the body alone.

- Before the request is written (name, connection, TLS) nothing can have been taken: GatewayUnavailable.
- A clear no is final; too many at once, or not this clinic just now, is another time.
- Whatever breaks off later, and any failure of the other side's own (5xx but 503), leaves it uncertain.
"""

from __future__ import annotations

import base64
import json
import ssl
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote, unquote, urlencode, urlsplit

from django.conf import settings

from reminders.errors import GatewayRefused, GatewayUnavailable, TryLater

TIMEOUT_SECONDS = 10.0
#: An answer is short; more is not read.
LONGEST_ANSWER = 65_536
#: Twilio: the recipient has texted STOP to it (it keeps a list of its own).
STOPPED_THERE = 21610
TAKEN = frozenset({200, 201, 202})
NOT_US, TOO_MANY, SHUT = frozenset({401, 403}), frozenset({408, 425, 429}), 503


class NoClearAnswer(Exception):
    """It may have been taken."""


@dataclass(frozen=True)
class Account:
    """Where texts are handed over, and as whom: SMS_URL, SMS_FROM, PUBLIC_URL."""

    scheme: str
    host: str
    port: int | None
    name: str
    token: str
    sender: str
    callback: str

    @property
    def path(self) -> str:
        return f"/2010-04-01/Accounts/{quote(self.name, safe='')}/Messages.json"

    @property
    def authorization(self) -> str:
        words = f"{self.name}:{self.token}".encode()
        return f"Basic {base64.b64encode(words).decode()}"


def account() -> Account:
    """Out of the settings. Raises GatewayUnavailable where they name none."""
    address = urlsplit(settings.SMS_URL)
    if address.scheme not in {"https", "http"} or not address.hostname or not address.username:
        raise GatewayUnavailable("SMS_URL names no account.")
    return Account(
        scheme=address.scheme,
        host=address.hostname,
        port=address.port,
        name=unquote(address.username),
        token=unquote(address.password or ""),
        sender=settings.SMS_FROM,
        callback=f"{settings.PUBLIC_URL}/texts/delivery" if settings.PUBLIC_URL else "",
    )


class TextGateway:
    """A Twilio-compatible account."""

    @property
    def takes_replies(self) -> bool:
        """Whether answers to a text come back to us."""
        return bool(settings.PUBLIC_URL)

    def send(self, *, to: str, text: str, key: str) -> str:
        ours = account()
        body = urlencode(_fields(ours, to, text, key))
        headers = {
            "Authorization": ours.authorization,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            # For gateways that know it: the same message twice is taken once.
            "Idempotency-Key": key,
        }
        with closing(_connection(ours)) as line:
            try:
                line.connect()
            except (OSError, HTTPException) as problem:
                raise GatewayUnavailable(
                    f"The text gateway cannot be reached ({type(problem).__name__})."
                ) from None
            return _answer_to(line, ours.path, body, headers)


def _connection(ours: Account) -> HTTPConnection:
    if ours.scheme == "https":
        return HTTPSConnection(
            ours.host, ours.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    return HTTPConnection(ours.host, ours.port, timeout=TIMEOUT_SECONDS)


def _fields(ours: Account, to: str, text: str, key: str) -> dict[str, str]:
    sender = "MessagingServiceSid" if ours.sender.startswith("MG") else "From"
    fields = {"To": international(to), sender: ours.sender, "Body": text}
    if ours.callback:
        fields["StatusCallback"] = f"{ours.callback}?{urlencode({'key': key})}"
    return fields


def international(number: str) -> str:
    """As E.164. Ten digits are a number of the United States or Canada."""
    if number.startswith("+"):
        return number
    return f"+1{number}" if len(number) == 10 else f"+{number}"


def _answer_to(line: HTTPConnection, path: str, body: str, headers: dict[str, str]) -> str:
    try:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        words = answer.read(LONGEST_ANSWER)
    except (OSError, HTTPException) as problem:
        raise NoClearAnswer(type(problem).__name__) from None
    said = _read(words)
    if answer.status in TAKEN:
        return _reference(said)
    raise _refusal(answer.status, said.get("code"))


def _reference(said: dict[str, object]) -> str:
    sid = said.get("sid")
    if not isinstance(sid, str) or not sid:
        raise NoClearAnswer("no number of the message")
    return sid


def _read(words: bytes) -> dict[str, object]:
    try:
        found = json.loads(words)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(status: int, code: object) -> Exception:
    """By number only: the words of an answer may repeat what was asked."""
    number = code if isinstance(code, int) else status
    if code == STOPPED_THERE:
        return GatewayRefused("STOP was texted from this number, says the text gateway (21610).")
    if status in NOT_US:
        return GatewayUnavailable(
            f"The text gateway does not take this clinic's account ({number})."
        )
    if status in TOO_MANY:
        return TryLater(f"The text gateway asks to try later ({number}).")
    if status == SHUT:
        return GatewayUnavailable(f"The text gateway is shut ({number}).")
    if 400 <= status < 500:
        return GatewayRefused(f"The text gateway refused it ({number}).")
    return NoClearAnswer(f"answered {status}")
