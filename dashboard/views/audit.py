"""The trail, for the privacy officer: everything, one kind of thing, or all that concerns one patient."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from access.enums import Right, TrailKind
from access.gate import needs
from access.models import AuditEntry, AuditQuerySet, User
from common.paging import page_by_key
from dashboard.addresses import cursor, sought
from dashboard.deeds import staff_user
from patients.models import Patient

PAGE, PRINTED_PAGE = 60, 400


@needs(Right.SEE_AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """POST looks for one patient's trail: no record number stands in an address."""
    user = staff_user(request)
    rows = AuditEntry.objects.visible_to(user)
    number = sought(request.POST.get("record_number")).upper()
    kind = request.GET.get("kind", "")
    if number:
        rows = _of_patient(rows, number, user)
    elif kind in TrailKind.values:
        rows = rows.filter(kind=kind)
    after = (request.POST if number else request.GET).get("after", "")
    page = page_by_key(
        rows,
        order=("-at", "-id"),
        after=cursor(after),
        size=PRINTED_PAGE if number else PAGE,
    )
    context = {
        "page": page,
        "rows": _with_record_numbers(page.rows, user),
        "kind": kind,
        "kinds": TrailKind.choices,
        "number": number,
    }
    return render(request, "dashboard/audit.html", context)


def _with_record_numbers(rows: list[AuditEntry], user: User) -> list[tuple[AuditEntry, str]]:
    """Beside each row the number by which the officer asks for that patient's trail."""
    ids = {row.patient_id for row in rows if row.patient_id}
    known = Patient.objects.with_trail_visible_to(user).filter(pk__in=ids)
    numbers = known.record_numbers()
    return [(row, numbers.get(row.patient_id or 0, "")) for row in rows]


def _of_patient(rows: AuditQuerySet, number: str, user: User) -> AuditQuerySet:
    """The officer knows the number already; the name is not told, and nobody's record is read."""
    known = Patient.objects.with_trail_visible_to(user).filter(record_number=number)
    return rows.filter(patient_id__in=known.values("pk"))
