"""What leaves the clinic: through the door, with its notice; and the accounting of what left."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access.enums import Right
from access.gate import needs
from access.models import User
from common.days import day_of
from dashboard import consent_forms as typed
from dashboard.consents import called, number
from dashboard.deeds import attempt, staff_user
from dashboard.lookups import visible
from dashboard.views.consents import choice_page, consent_note
from patients import consenting
from patients.accounting import accounting as account
from patients.enums import Basis
from patients.models import Disclosure, Patient


@needs(Right.DISCLOSE)
def disclose(request: HttpRequest, pk: int) -> HttpResponseBase:
    """First the ground, then what that ground needs. A refusal says why and what to do instead."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, pk)
    basis = request.POST.get("basis", "")
    back = reverse("dashboard:consents", args=[pk])
    title = f"Disclose: {called(patient, user)}"
    if basis not in Basis.values:
        return choice_page(request, "basis", "On which ground?", Basis, title, back)
    filled = request.POST if "filled" in request.POST else None
    form = typed.DisclosureForm(filled, basis=Basis(basis))
    row = attempt(
        form,
        lambda data: consenting.disclose(
            patient=patient, disclosure=data, now=timezone.now(), by=user
        ),
    )
    if row is not None:
        return redirect("dashboard:disclosure", row.pk)
    values = {
        "form": form,
        "title": title,
        "button": "Disclose",
        "back": back,
        "note": f"{Basis(basis).label}. {consent_note(patient, user)}",
    }
    return render(request, "dashboard/form.html", values, status=422 if form.errors else 200)


@needs(Right.SEE_DISCLOSURES)
def disclosure(request: HttpRequest, pk: int) -> HttpResponse:
    """One disclosure, with the notice and the scope that go out with it (42 CFR 2.32)."""
    user = staff_user(request)
    rows = Disclosure.objects.select_related("patient", "site", "consent")
    row = visible(rows, user, pk)
    return render(
        request, "dashboard/disclosure.html", {"row": row, "called": called(row.patient, user)}
    )


@needs(Right.SEE_DISCLOSURES)
@require_http_methods(["GET", "HEAD", "POST"])
def accounting(request: HttpRequest) -> HttpResponse:
    """POST asks for one patient's: no record number stands in an address (42 CFR 2.25)."""
    user = staff_user(request)
    now = timezone.now()
    today = day_of(now, timezone.get_current_timezone_name())
    form = typed.AccountingForm(_asked(request, str(today)), initial={"asked_date": today})
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        patient = _by_number(form.cleaned_data["record_number"], user)
        if patient is None:
            form.add_error("record_number", "Nothing here under this number that you can see.")
        else:
            asked = form.cleaned_data["asked_date"]
            context["accounting"] = account(patient=patient, asked_date=asked, user=user)
            context |= {"patient": patient, "called": number(patient)}
    return render(request, "dashboard/accounting.html", context, status=422 if form.errors else 200)


def _asked(request: HttpRequest, today: str) -> dict[str, str] | None:
    """What was typed; from a patient's page comes the number alone, and it is asked today."""
    if request.method != "POST":
        return None
    return {
        "record_number": request.POST.get("record_number", "").replace("\x00", ""),
        "asked_date": request.POST.get("asked_date", today),
    }


def _by_number(record_number: str, user: User) -> Patient | None:
    rows = Patient.objects.with_disclosures_visible_to(user).select_related("site")
    return rows.filter(record_number=record_number).first()
