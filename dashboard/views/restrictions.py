"""Restriction requests of patients: recorded, decided, lifted (42 CFR 2.26)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from access.decorators import requires
from access.enums import Permission
from access.models import User
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.consent_status import called
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from dashboard.views.consents import patient_of
from patients.actions.restrictions import ask_for_restriction, decide_restriction, end_restriction
from patients.forms.restrictions import LiftRestrictionForm, PendingRestrictionForm, RestrictionForm
from patients.models import Patient, PendingRestriction, RestrictionRequest

PAGE = 50
MUST_BE_AGREED = "You must agree if the patient asks not to disclose to a health plan, for payment or operations, a service that was paid in full without that plan."


@requires(Permission.RECORD_CONSENTS)
def ask(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record a request at the front desk; it then waits for a decision."""
    user = staff_user(request)
    patient = patient_of(user, pk)
    now = timezone.now()
    initial = {"asked_date": day_of(now, patient.site.time_zone)}
    return form_page(
        request,
        PendingRestrictionForm(request.POST or None, initial=initial),
        lambda data: ask_for_restriction(patient=patient, now=now, by=user, **data),
        title=f"Restriction request: {called(patient, user)}",
        button="Save request",
        done="Request saved. The privacy officer or the clinical director decides.",
        back=reverse("dashboard:consents", args=[pk]),
        note="A patient may ask the clinic not to disclose something for treatment, payment or operations. The request has no effect until it is decided: if it is urgent, speak with the privacy officer now.",
    )


@requires(Permission.DECIDE_RESTRICTIONS)
@require_GET
def wishes(request: HttpRequest) -> HttpResponse:
    """Requests that wait for a decision, oldest first; record numbers, no names."""
    user = staff_user(request)
    rows = (
        PendingRestriction.objects.visible_to(user).waiting().select_related("patient", "taken_by")
    )
    page = page_by_key(
        rows,
        order=PendingRestriction.ORDER,
        after=cursor(request.GET.get("after") or ""),
        size=PAGE,
    )
    return render(request, "dashboard/pending_restrictions.html", {"page": page})


@requires(Permission.DECIDE_RESTRICTIONS)
def answer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Decide a waiting request."""
    user = staff_user(request)
    wish = visible(PendingRestriction.objects, user, pk)
    initial = {"requested_date": wish.asked_date, "request": wish.request}
    return _decision(request, user, patient_of(user, wish.patient_id), initial, wish)


@requires(Permission.DECIDE_RESTRICTIONS)
def decide(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Decide a request that was made to the officer directly."""
    user = staff_user(request)
    patient = patient_of(user, pk)
    initial = {"requested_date": day_of(timezone.now(), patient.site.time_zone)}
    return _decision(request, user, patient, initial, None)


def _decision(
    request: HttpRequest,
    user: User,
    patient: Patient,
    initial: dict[str, Any],
    wish: PendingRestriction | None,
) -> HttpResponseBase:
    return form_page(
        request,
        RestrictionForm(request.POST or None, initial=initial),
        lambda data: decide_restriction(
            patient=patient, wish=wish, now=timezone.now(), by=user, **data
        ),
        title=f"Restriction request: {called(patient, user)}",
        button="Save decision",
        done="Decision saved. An agreed restriction applies to every disclosure from now on.",
        back=reverse("dashboard:consents", args=[patient.pk]),
        note=MUST_BE_AGREED,
    )


@requires(Permission.DECIDE_RESTRICTIONS)
def lift(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End a restriction as the patient wishes. The clinic alone cannot (45 CFR 164.522(a)(2))."""
    user = staff_user(request)
    rows = RestrictionRequest.objects.select_related("patient__site")
    restriction = visible(rows, user, pk)
    return form_page(
        request,
        LiftRestrictionForm(request.POST or None),
        lambda data: end_restriction(restriction=restriction, now=timezone.now(), by=user, **data),
        title=f"Lift restriction: {called(restriction.patient, user)}",
        button="Lift restriction",
        done="Restriction lifted. It no longer applies to disclosures.",
        back=reverse("dashboard:consents", args=[restriction.patient_id]),
        note=f"{restriction.request} Only the patient can lift it, in writing or orally.",
    )
