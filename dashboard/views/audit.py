"""The audit trail for the privacy officer: all of it, one kind, or one patient's."""

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
#: Period of the access report unless other days are asked for.
A_YEAR = timedelta(days=365)


@requires(Permission.SEE_AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """Show the audit trail. POST searches by record number, which stays out of addresses."""
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
    """Answer a patient's question: who looked at my record, when, in what role."""
    form, patient, rows = _looked(request, staff_user(request))
    context = {"form": form, "patient": patient, "rows": rows}
    status = 422 if form.errors else 200
    return render(request, "dashboard/access_report.html", context, status=status)


@requires(Permission.SEE_AUDIT)
@require_POST
def print_access_report(request: HttpRequest) -> HttpResponse:
    """The access report as PDF. The file name does not say whose it is."""
    form, patient, rows = _looked(request, staff_user(request))
    if patient is None:
        raise NotFound
    data = form.cleaned_data
    made = access_report_pdf(rows, patient, first=data["first"], last=data["last"])
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="who-looked.pdf"'
    return answer


def _looked(
    request: HttpRequest, user: User
) -> tuple[AccessReportForm, Patient | None, list[AccessReportRow]]:
    """The submitted form, the patient and the report's rows; None and [] if the form is refused."""
    today = day_of(timezone.now(), settings.TIME_ZONE)
    days = {"first": today - A_YEAR, "last": today}
    typed = {**{name: str(day) for name, day in days.items()}, **request.POST.dict()}
    form = AccessReportForm(typed if request.method == "POST" else None, initial=days)
    if not form.is_valid():
        return form, None, []
    data = form.cleaned_data
    known = Patient.objects.with_trail_visible_to(user).select_related("site")
    patient = known.filter(record_number=data["record_number"]).first()
    if patient is None:
        form.add_error(
            "record_number", "No patient with this record number at your sites. Check the number."
        )
        return form, None, []
    rows = looked(
        patient_id=patient.pk,
        first=data["first"],
        last=data["last"],
        zone=patient.site.time_zone,
        user=user,
    )
    return form, patient, rows


def _with_record_numbers(rows: list[AuditEntry], user: User) -> list[tuple[AuditEntry, str]]:
    """Each row with the record number by which the officer searches that patient's entries."""
    ids = {row.patient_id for row in rows if row.patient_id}
    known = Patient.objects.with_trail_visible_to(user).filter(pk__in=ids)
    numbers = known.record_numbers()
    return [(row, numbers.get(row.patient_id or 0, "")) for row in rows]


def _of_patient(rows: AuditQuerySet, number: str, user: User) -> AuditQuerySet:
    """Entries of one patient by record number. Shows no name and reads no record."""
    known = Patient.objects.with_trail_visible_to(user).filter(record_number=number)
    return rows.filter(patient_id__in=known.values("pk"))
