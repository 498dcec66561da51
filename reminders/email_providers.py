"""Send e-mail through the API of a provider that django-anymail supports, set in settings."""

from __future__ import annotations

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout, SSLError
from urllib3.exceptions import MaxRetryError, NewConnectionError

from reminders.errors import GatewayRefused, GatewayUnavailable, TryLater

NOT_US, TOO_MANY, SHUT = frozenset({401, 402, 403}), frozenset({408, 425, 429}), 503


class ProviderGateway:
    """Gateway that sends one message per call; the settings give ANYMAIL and its backend."""

    def send(self, *, to: str, text: str, key: str) -> str:
        message = EmailMessage(
            subject=settings.REMINDER_SUBJECT,
            body=text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[to],
            headers={"Auto-Submitted": "auto-generated", "Idempotency-Key": key},
        )
        try:
            message.connection = get_connection(settings.ANYMAIL_BACKEND)
            message.send()
        except AnymailRecipientsRefused:
            raise GatewayRefused("The mail provider refused the address.") from None
        except AnymailAPIError as problem:
            # `from None`: the chained exception repeats what was in the request.
            _refuse(problem)
            raise
        except (AnymailError, ImproperlyConfigured) as problem:
            kind = type(problem).__name__
            raise GatewayUnavailable(f"The mail provider cannot be used ({kind}).") from None
        status = getattr(message, "anymail_status", None)
        return str(getattr(status, "message_id", None) or f"provider-{key}")


def _refuse(problem: AnymailAPIError) -> None:
    """Raise the error for the status code; return if the status is unknown."""
    status = getattr(problem, "status_code", None)
    if status is None:
        if _never_connected(problem.__cause__):
            raise GatewayUnavailable("The mail provider cannot be reached.") from None
        return
    if status in NOT_US or status == SHUT:
        raise GatewayUnavailable(
            f"The mail provider does not accept mail from this clinic ({status})."
        ) from None
    if status in TOO_MANY:
        raise TryLater(f"The mail provider asks to try later ({status}).") from None
    if 400 <= status < 500:
        raise GatewayRefused(f"The mail provider refused the message ({status}).") from None


def _never_connected(cause: BaseException | None) -> bool:
    """Whether the connection failed before it was open.

    A connection that broke later may have carried the message.
    """
    if isinstance(cause, ConnectTimeout | SSLError):
        return True
    if not isinstance(cause, NotConnected) or not cause.args:
        return False
    reason = cause.args[0]
    return isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
