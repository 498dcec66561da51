"""Middleware: a response that shows patient records writes its audit entries or fails.

The response guard runs first: a response fails if it loaded rows that the user may not see
(access/audit/response_guard.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from access.audit.read_log import record_reads, record_refusal
from access.audit.record import with_origin
from access.audit.response_guard import check_rows
from access.errors import UnauthorizedRows
from access.models import User
from access.row_tracking import TrackedReads, track_reads

REFUSED = {403, 404}
NO_CONTENT = 204
#: Rows of child tables have a patient and not always a site: it is looked up in the same statement.
SITE_OF = "(SELECT site_id FROM patients_patient WHERE id = reading.patient_id)"


class ReadAuditMiddleware:
    """Runs around the permission middleware, so that refusals are recorded as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with with_origin(client_address(request)):
            with track_reads() as reading:
                response = self.get_response(request)
            if request.user.is_authenticated:
                _write_audit_rows(request, response, reading)
            elif _shows_something(response):
                check_rows(reading, request.user).refuse(page=_page(request), by=request.user)
        return response


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address: behind the proxy, the last one that the proxy names."""
    said = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        said = request.META.get("HTTP_X_FORWARDED_FOR", said).rpartition(",")[2].strip()
    try:
        return str(ip_address(said))
    except ValueError:
        return None


def _write_audit_rows(request: HttpRequest, response: HttpResponse, reading: TrackedReads) -> None:
    match, page = request.resolver_match, _page(request)
    now, by = timezone.now(), request.user
    if _shows_something(response):
        try:
            _show(reading, page, now, by)  # type: ignore[arg-type]
        except UnauthorizedRows:
            named = match.kwargs if match else {}
            record_refusal(page=page, named=named, now=now, by=by)  # type: ignore[arg-type]
            raise
    elif response.status_code in REFUSED and match is not None:
        record_refusal(page=page, named=match.kwargs, now=now, by=by)  # type: ignore[arg-type]


def _page(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _show(reading: TrackedReads, page: str, now: datetime, by: User) -> None:
    """Check the rows, write the audit entries, and check again where only SQL knew the site."""
    judgment = check_rows(reading, by)
    judgment.refuse(page=page, by=by)
    if reading.records:
        grounds = judgment.grounds
        sites = record_reads(reading, page=page, grounds=grounds, site_of=SITE_OF, now=now, by=by)
        if judgment.unsure:
            check_rows(reading, by, sites=sites).refuse(page=page, by=by)


def _shows_something(response: HttpResponse) -> bool:
    """Whether a response shows content: also a form shown again, or a conflict that names data.

    Refusals and redirects show nothing of a record.
    """
    status = response.status_code
    leads_on_or_broke = 300 <= status < 400 or status >= 500
    return status not in REFUSED and not leads_on_or_broke and status != NO_CONTENT
