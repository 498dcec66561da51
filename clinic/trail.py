"""Every answer that shows a patient's record leaves its row in the trail, or does not leave.

Nor does one for which a face loaded what its reader may not see (access/showing.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from access.audit import acting_from
from access.errors import ShownTooMuch
from access.models import User
from access.noticing import Reading, noticed
from access.reading import record_reading, record_refusal
from access.showing import judge

REFUSED = {403, 404}
NO_CONTENT = 204
#: Lists of parts say whose they are, not always where: looked up in the same statement.
SITE_OF = "(SELECT site_id FROM patients_patient WHERE id = reading.patient_id)"


class ReadingLeavesTrail:
    """Around the gate, so that refusals pass here, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_from(client_address(request)):
            with noticed() as reading:
                response = self.get_response(request)
            if request.user.is_authenticated:
                _leave_trail(request, response, reading)
            elif _shows_something(response):
                judge(reading, request.user).refuse(page=_page(request), by=request.user)
        return response


def client_address(request: HttpRequest) -> str | None:
    """Where the request came from: behind the proxy, what the proxy itself says last."""
    said = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        said = request.META.get("HTTP_X_FORWARDED_FOR", said).rpartition(",")[2].strip()
    try:
        return str(ip_address(said))
    except ValueError:
        return None


def _leave_trail(request: HttpRequest, response: HttpResponse, reading: Reading) -> None:
    match, page = request.resolver_match, _page(request)
    now, by = timezone.now(), request.user
    if _shows_something(response):
        try:
            _show(reading, page, now, by)  # type: ignore[arg-type]
        except ShownTooMuch:
            named = match.kwargs if match else {}
            record_refusal(page=page, named=named, now=now, by=by)  # type: ignore[arg-type]
            raise
    elif response.status_code in REFUSED and match is not None:
        record_refusal(page=page, named=match.kwargs, now=now, by=by)  # type: ignore[arg-type]


def _page(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _show(reading: Reading, page: str, now: datetime, by: User) -> None:
    """Judged, written down, and judged again where only the database knew a patient's site."""
    judgement = judge(reading, by)
    judgement.refuse(page=page, by=by)
    if reading.records:
        grounds = judgement.grounds
        sites = record_reading(reading, page=page, grounds=grounds, site_of=SITE_OF, now=now, by=by)
        if judgement.unsure:
            judge(reading, by, sites=sites).refuse(page=page, by=by)


def _shows_something(response: HttpResponse) -> bool:
    """Also a form that is shown again, a conflict, an answer that names who it may be.

    Refusals show nothing but themselves, and answers that lead on have nobody who reads them.
    """
    status = response.status_code
    leads_on_or_broke = 300 <= status < 400 or status >= 500
    return status not in REFUSED and not leads_on_or_broke and status != NO_CONTENT
