"""What leaves the clinic: through the door, with its notice; and the accounting of what left."""

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

FOR_EMERGENCY = (
    "You opened this record in an emergency: you may tell medical personnel what they need to treat"
    " it, without consent. To whom, why and when is recorded at once (42 CFR 2.51)."
)


@requires(Permission.DISCLOSE)
def disclose(request: HttpRequest, pk: int) -> HttpResponseBase:
    """First the ground, then what that ground needs. A refusal says why and what to do instead."""
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
        return choice_page(request, "basis", "On which ground?", Basis, title, back)
    filled = request.POST if "filled" in request.POST else None
    form = DisclosureForm(filled, basis=Basis(basis))
    row = attempt(
        form,
        lambda data: disclosures.disclose(
            patient=patient, disclosure=data, now=timezone.now(), by=user
        ),
    )
    if row is not None and in_emergency:
        # Whoever opened the record sees no disclosures there; the record of this one is made.
        messages.success(request, "Recorded. Now tell them, and only what treats the emergency.")
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
    """POST asks for one patient's: no record number stands in an address (42 CFR 2.25)."""
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
    """The same on paper. The file's name says nothing of whose it is."""
    _, patient, found = _account(request, staff_user(request))
    if patient is None or found is None:
        raise NotFound
    answer = HttpResponse(accounting_pdf(found, patient), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="accounting.pdf"'
    return answer


def _account(
    request: HttpRequest, user: User
) -> tuple[AccountingForm, Patient | None, Accounting | None]:
    """The form as it was sent, whose it is, and the accounting, as far as each goes."""
    today = day_of(timezone.now(), settings.TIME_ZONE)
    form = AccountingForm(_asked(request, str(today)), initial={"asked_date": today})
    if not form.is_valid():
        return form, None, None
    rows = Patient.objects.with_disclosures_visible_to(user).select_related("site")
    patient = rows.filter(record_number=form.cleaned_data["record_number"]).first()
    if patient is None:
        form.add_error("record_number", "Nothing here under this number that you can see.")
        return form, None, None
    asked = form.cleaned_data["asked_date"]
    return form, patient, account(patient=patient, asked_date=asked, user=user)


def _asked(request: HttpRequest, today: str) -> dict[str, str] | None:
    """What was typed; from a patient's page comes the number alone, and it is asked today."""
    if request.method != "POST":
        return None
    return {
        "record_number": request.POST.get("record_number", "").replace("\x00", ""),
        "asked_date": request.POST.get("asked_date", today),
    }
