"""Webhooks of the SMS gateway, and the page behind the link in a message.

Open to anybody who proves the source: the gateway signs each post with the account's secret, and a
link carries our signature. No response reveals anything that the sender did not send.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable
from functools import wraps
from html import escape

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from access.audit.record import current_origin
from access.decorators import open_to_anyone
from reminders.delivery_reports import record_delivery
from reminders.enums import Language
from reminders.errors import GatewayUnavailable, LinkNotGood
from reminders.inbound import receive_text
from reminders.message_rendering import day_words
from reminders.message_templates import language_of
from reminders.reply_links import AnsweredVisit, answer_by_link, read_link
from reminders.sms_gateway import account

logger = logging.getLogger(__name__)

#: Longer than any text message with its form fields.
LONGEST_BODY = 16_384
#: Period in seconds, and how many posts with a wrong signature one address may send in it.
BAD_WINDOW, MOST_BAD = 600, 30

View = Callable[[HttpRequest], HttpResponse]


def from_the_gateway(view: View) -> View:
    """Refuse posts that are unsigned or too large, and addresses with too many wrong signatures."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if _has_been_wrong_too_often():
            return HttpResponse(status=429)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            return HttpResponse(status=413)
        if not _is_signed(request):
            _count_bad()
            return HttpResponse(status=403)
        return view(request)

    return open_to_anyone(csrf_exempt(require_POST(checked)))


def signature(token: str, address: str, fields: list[tuple[str, str]]) -> str:
    """Sign as Twilio does: the address, then each field's name and value, sorted by name."""
    words = address + "".join(name + value for name, value in sorted(fields))
    digest = hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _is_signed(request: HttpRequest) -> bool:
    try:
        token = account().token
    except GatewayUnavailable:
        return False
    if not token or not settings.PUBLIC_URL:
        return False
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    address = settings.PUBLIC_URL + request.get_full_path()
    given = request.headers.get("X-Twilio-Signature", "")
    return constant_time_compare(signature(token, address, fields), given)


def _has_been_wrong_too_often() -> bool:
    try:
        return int(cache.get(_bad_key(), 0)) >= MOST_BAD
    except Exception:
        logger.exception("posts with a wrong signature are not counted")
        return False


def _count_bad() -> None:
    try:
        cache.add(_bad_key(), 0, BAD_WINDOW)
        cache.incr(_bad_key())
    except Exception:
        logger.exception("a post with a wrong signature is not counted")


def _bad_key() -> str:
    return f"bad-signatures:{current_origin()}"


@from_the_gateway
def text_came(request: HttpRequest) -> HttpResponse:
    """Receive a text from a patient. The reply is in this response; no other reply is sent."""
    reference = request.POST.get("MessageSid", "")[:64]
    number = request.POST.get("From", "")[:40]
    if not reference or not number:
        return HttpResponse(status=400)
    answer = receive_text(
        reference=reference, number=number, text=request.POST.get("Body", ""), now=timezone.now()
    )
    words = f"<Message>{escape(answer)}</Message>" if answer else ""
    return HttpResponse(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{words}</Response>',
        content_type="text/xml; charset=utf-8",
    )


@from_the_gateway
def text_delivery(request: HttpRequest) -> HttpResponse:
    """Record the delivery status of a message. The response does not show whether we know it."""
    record_delivery(
        key=request.GET.get("key", ""),
        reference=request.POST.get("MessageSid", ""),
        status=request.POST.get("MessageStatus", ""),
        code=request.POST.get("ErrorCode", ""),
        now=timezone.now(),
    )
    return HttpResponse(status=204)


@open_to_anyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show or record the answer to a link. GET changes nothing: mail programs open links, too."""
    now = timezone.now()
    try:
        if request.method == "POST":
            comes = request.POST.get("answer") == "yes"
            visit = answer_by_link(token, comes=comes, now=now)
            return _answer_page(request, visit, done="yes" if comes else "no")
        return _answer_page(request, read_link(token, now=now))
    except LinkNotGood:
        return render(request, "dashboard/reply_link_gone.html", status=404)


def _answer_page(request: HttpRequest, visit: AnsweredVisit, done: str = "") -> HttpResponse:
    tongue = language_of(visit.language)
    context = {
        "spanish": tongue == Language.ES,
        "tongue": tongue,
        "when": f"{day_words(visit.at, visit.site, tongue)}, {visit.at:%H:%M}",
        "site": visit.site,
        "done": done,
    }
    return render(request, "dashboard/reply_link.html", context)
