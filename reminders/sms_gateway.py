"""Send text messages over HTTP to Twilio or to a service compatible with it.

One POST for each message. Errors, logs and URLs contain nothing that names a patient: the number
and the text are in the request body only.

- A failure before the request is written (DNS, connection, TLS) means that nothing was taken:
  GatewayUnavailable.
- A clear refusal is final; "too many requests" and "account not accepted now" are retried later.
- A connection that breaks later, or an error of the service itself (5xx except 503), leaves the
  message uncertain.
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
#: Responses are short; at most this many bytes are read.
LONGEST_ANSWER = 65_536
#: Twilio's error code: the recipient has texted STOP to Twilio, which keeps its own list.
STOPPED_THERE = 21610
TAKEN = frozenset({200, 201, 202})
NOT_US, TOO_MANY, SHUT = frozenset({401, 403}), frozenset({408, 425, 429}), 503


class NoClearAnswer(Exception):
    """The gateway gave no clear answer; it may have taken the message."""


@dataclass(frozen=True)
class Account:
    """The gateway account from the settings SMS_URL, SMS_FROM and PUBLIC_URL."""

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
    """Read the account from the settings.

    Raises GatewayUnavailable if the settings name none.
    """
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
    """Gateway that sends through a Twilio-compatible account."""

    @property
    def takes_replies(self) -> bool:
        """Whether replies to a text come back to this clinic."""
        return bool(settings.PUBLIC_URL)

    def send(self, *, to: str, text: str, key: str) -> str:
        ours = account()
        body = urlencode(_fields(ours, to, text, key))
        headers = {
            "Authorization": ours.authorization,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            # Gateways that support this header take the same message only once.
            "Idempotency-Key": key,
        }
        with closing(_connection(ours)) as line:
            try:
                line.connect()
            except (OSError, HTTPException) as problem:
                raise GatewayUnavailable(
                    f"The text gateway cannot be reached ({type(problem).__name__})."
                ) from None
            return _post(line, ours.path, body, headers)


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
    """Return `number` in E.164 format; ten digits are a number of the United States or Canada."""
    if number.startswith("+"):
        return number
    return f"+1{number}" if len(number) == 10 else f"+{number}"


def _post(line: HTTPConnection, path: str, body: str, headers: dict[str, str]) -> str:
    try:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        raw = answer.read(LONGEST_ANSWER)
    except (OSError, HTTPException) as problem:
        raise NoClearAnswer(type(problem).__name__) from None
    answer_fields = _parse_json(raw)
    if answer.status in TAKEN:
        return _reference(answer_fields)
    raise _refusal(answer.status, answer_fields.get("code"))


def _reference(answer_fields: dict[str, object]) -> str:
    sid = answer_fields.get("sid")
    if not isinstance(sid, str) or not sid:
        raise NoClearAnswer("no number of the message")
    return sid


def _parse_json(raw: bytes) -> dict[str, object]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(status: int, code: object) -> Exception:
    """Return the error for a refused request, worded by number only.

    The text of the response may repeat what was in the request.
    """
    number = code if isinstance(code, int) else status
    if code == STOPPED_THERE:
        return GatewayRefused(
            "The text gateway reports that STOP was texted from this number (21610)."
        )
    if status in NOT_US:
        return GatewayUnavailable(
            f"The text gateway does not accept this clinic's account ({number})."
        )
    if status in TOO_MANY:
        return TryLater(f"The text gateway asks to try later ({number}).")
    if status == SHUT:
        return GatewayUnavailable(f"The text gateway is closed ({number}).")
    if 400 <= status < 500:
        return GatewayRefused(f"The text gateway refused the message ({number}).")
    return NoClearAnswer(f"answered {status}")
