"""The trail, for the privacy officer: everything, one kind of thing, or all that concerns one patient."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from access.audit.access_report import AccessReportRow
from access.audit.access_report import access_report as looked
from access.decorators import requires
from access.enums import AuditKind, Permission
from access.forms.access_report import AccessReportForm
from access.models import AuditArchive, AuditEntry, AuditQuerySet, User
from common.errors import NotFound
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.http.form_views import staff_user
from dashboard.http.pdf import access_report_pdf
from dashboard.http.query_params import cursor, search_text
from patients.models import Patient
from reminders.job_health import last_verification

PAGE, PRINTED_PAGE = 60, 400
#: So far back a patient is answered unless they ask for other days.
A_YEAR = timedelta(days=365)


@requires(Permission.SEE_AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """POST looks for one patient's trail: no record number stands in an address."""
    user = staff_user(request)
    rows = AuditEntry.objects.visible_to(user)
    number = search_text(request.POST.get("record_number")).upper()
    kind = request.GET.get("kind", "")
    if number:
        rows = _of_patient(rows, number, user)
    elif kind in AuditKind.values:
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
        "kinds": AuditKind.choices,
        "number": number,
        "verification": last_verification(now=timezone.now()),
        "archives": AuditArchive.objects.order_by("-month"),
    }
    return render(request, "dashboard/audit.html", context)


@requires(Permission.SEE_AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def access_report(request: HttpRequest) -> HttpResponse:
    """What a patient may ask: who looked at my record, when, in what role."""
    form, patient, rows = _looked(request, staff_user(request))
    context = {"form": form, "patient": patient, "rows": rows}
    status = 422 if form.errors else 200
    return render(request, "dashboard/access_report.html", context, status=status)


@requires(Permission.SEE_AUDIT)
@require_POST
def print_access_report(request: HttpRequest) -> HttpResponse:
    """The same on paper. The file's name says nothing of whose it is."""
    form, patient, rows = _looked(request, staff_user(request))
    if patient is None:
        raise NotFound
    said = form.cleaned_data
    made = access_report_pdf(rows, patient, first=said["first"], last=said["last"])
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="who-looked.pdf"'
    return answer


def _looked(
    request: HttpRequest, user: User
) -> tuple[AccessReportForm, Patient | None, list[AccessReportRow]]:
    """The form as it was sent, whose record it is, and who looked, as far as each goes."""
    today = day_of(timezone.now(), settings.TIME_ZONE)
    days = {"first": today - A_YEAR, "last": today}
    typed = {**{name: str(day) for name, day in days.items()}, **request.POST.dict()}
    form = AccessReportForm(typed if request.method == "POST" else None, initial=days)
    if not form.is_valid():
        return form, None, []
    said = form.cleaned_data
    known = Patient.objects.with_trail_visible_to(user).select_related("site")
    patient = known.filter(record_number=said["record_number"]).first()
    if patient is None:
        form.add_error("record_number", "Nothing here under this number that you can see.")
        return form, None, []
    rows = looked(
        patient_id=patient.pk,
        first=said["first"],
        last=said["last"],
        zone=patient.site.time_zone,
        user=user,
    )
    return form, patient, rows


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
