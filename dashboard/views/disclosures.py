"""Disclosures with their notice, and the accounting of disclosures."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from access.decorators import requires
from access.enums import Permission
from access.models import User
from common.errors import NotFound, NotPermitted
from common.time_zones import day_of
from dashboard.consent_status import called, number
from dashboard.http.form_views import attempt, staff_user
from dashboard.http.lookups import visible
from dashboard.http.pdf import accounting_pdf
from dashboard.views.consents import choice_page, consent_note
from patients.actions import disclosures
from patients.consents.accounting import Accounting
from patients.consents.accounting import accounting as account
from patients.enums import Basis
from patients.forms.disclosures import AccountingForm, DisclosureForm
from patients.models import Disclosure, Patient
from patients.queries import IN_AN_EMERGENCY, bases_open_to

FOR_EMERGENCY = "You opened this record in an emergency. Without consent you may disclose to medical personnel what they need to treat the emergency. Record to whom and why (42 CFR 2.51)."


@requires(Permission.DISCLOSE)
def disclose(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for the basis, then for its fields. A refusal says why and what to do instead."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, pk)
    grounds = bases_open_to(user, patient)
    if not grounds:
        raise NotPermitted
    in_emergency = grounds == IN_AN_EMERGENCY
    basis = Basis.EMERGENCY if in_emergency else request.POST.get("basis", "")
    back = reverse("dashboard:patient" if in_emergency else "dashboard:consents", args=[pk])
    title = f"Disclose: {called(patient, user)}"
    if basis not in Basis.values:
        return choice_page(request, "basis", "Basis of the disclosure", Basis, title, back)
    filled = request.POST if "filled" in request.POST else None
    form = DisclosureForm(filled, basis=Basis(basis))
    row = attempt(
        form,
        lambda data: disclosures.disclose(
            patient=patient, disclosure=data, now=timezone.now(), by=user
        ),
    )
    if row is not None and in_emergency:
        # Emergency access shows no list of disclosures, so go back to the patient's page.
        messages.success(request, "Recorded. Disclose only what is needed to treat the emergency.")
        return redirect(back)
    if row is not None:
        return redirect("dashboard:disclosure", row.pk)
    values = {
        "form": form,
        "title": title,
        "button": "Disclose",
        "back": back,
        "note": f"{Basis(basis).label}. {FOR_EMERGENCY if in_emergency else consent_note(patient, user)}",
    }
    return render(request, "dashboard/form.html", values, status=422 if form.errors else 200)


@requires(Permission.SEE_DISCLOSURES)
def disclosure(request: HttpRequest, pk: int) -> HttpResponse:
    """One disclosure, with the notice and the scope that go out with it (42 CFR 2.32)."""
    user = staff_user(request)
    rows = Disclosure.objects.select_related("patient", "site", "consent")
    row = visible(rows, user, pk)
    return render(
        request, "dashboard/disclosure.html", {"row": row, "called": called(row.patient, user)}
    )


@requires(Permission.SEE_DISCLOSURES)
@require_http_methods(["GET", "HEAD", "POST"])
def accounting(request: HttpRequest) -> HttpResponse:
    """The accounting of one patient (42 CFR 2.25); POST keeps record numbers out of addresses."""
    form, patient, found = _account(request, staff_user(request))
    context = {
        "form": form,
        "patient": patient,
        "accounting": found,
        "called": number(patient) if patient else "",
    }
    status = 422 if form.errors else 200
    return render(request, "dashboard/accounting.html", context, status=status)


@requires(Permission.SEE_DISCLOSURES)
@require_POST
def print_accounting(request: HttpRequest) -> HttpResponse:
    """The accounting as PDF. The file name does not say whose it is."""
    _, patient, found = _account(request, staff_user(request))
    if patient is None or found is None:
        raise NotFound
    answer = HttpResponse(accounting_pdf(found, patient), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="accounting.pdf"'
    return answer


def _account(
    request: HttpRequest, user: User
) -> tuple[AccountingForm, Patient | None, Accounting | None]:
    """The submitted form, the patient and the accounting; None where the form is refused."""
    today = day_of(timezone.now(), settings.TIME_ZONE)
    form = AccountingForm(_submitted(request, str(today)), initial={"asked_date": today})
    if not form.is_valid():
        return form, None, None
    rows = Patient.objects.with_disclosures_visible_to(user).select_related("site")
    patient = rows.filter(record_number=form.cleaned_data["record_number"]).first()
    if patient is None:
        form.add_error(
            "record_number", "No patient with this record number at your sites. Check the number."
        )
        return form, None, None
    asked = form.cleaned_data["asked_date"]
    return form, patient, account(patient=patient, asked_date=asked, user=user)


def _submitted(request: HttpRequest, today: str) -> dict[str, str] | None:
    """The submitted values. A patient's page sends only the record number; the date is today."""
    if request.method != "POST":
        return None
    return {
        "record_number": request.POST.get("record_number", "").replace("\x00", ""),
        "asked_date": request.POST.get("asked_date", today),
    }
