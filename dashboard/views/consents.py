"""Consents of a patient: what is in force, recording one, ending one; notices and restrictions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.enums import Right
from access.gate import needs
from access.models import User
from access.policy import may
from common.days import day_of
from common.errors import NotFound
from common.paging import page_by_key
from dashboard import consent_forms as typed
from dashboard.addresses import cursor
from dashboard.consents import called, shown, stays_of
from dashboard.deeds import form_page, staff_user
from dashboard.lookups import visible
from patients import consenting
from patients.enums import ConsentKind
from patients.models import (
    Consent,
    Episode,
    Patient,
    PrivacyNotice,
    RestrictionRequest,
    RestrictionWish,
)
from patients.queries import all_stays_of

PAGE = 30
MOST = 20


def patient_of(user: User, pk: int) -> Patient:
    """The patient whose consents `user` may see, or NotFound (42 CFR 2.13(c))."""
    rows = Patient.objects.with_consents_visible_to(user).select_related("site")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@needs(Right.SEE_CONSENTS)
def consents(request: HttpRequest, pk: int) -> HttpResponse:
    """Each with where it stands today; notices given; what was asked not to be disclosed."""
    user = staff_user(request)
    patient = patient_of(user, pk)
    rows = Consent.objects.visible_to(user).filter(patient=patient).select_related("ended_by")
    page = page_by_key(rows, order=Consent.ORDER, after=cursor(request.GET.get("after")), size=PAGE)
    restrictions = RestrictionRequest.objects.visible_to(user).filter(patient=patient)
    wishes = RestrictionWish.objects.visible_to(user).filter(patient=patient)
    notices = PrivacyNotice.objects.visible_to(user).filter(patient=patient)
    stays = all_stays_of(patient)
    context = {
        "patient": patient,
        "called": called(patient, user),
        "page": page,
        "consents": shown(page.rows, stays=stays, patient=patient, now=timezone.now()),
        "notices": notices.order_by(*PrivacyNotice.ORDER)[:MOST],
        "restrictions": restrictions.select_related("decided_by", "end").order_by(
            *RestrictionRequest.ORDER
        )[:MOST],
        "wishes": wishes.waiting().select_related("taken_by").order_by(*RestrictionWish.ORDER),
        "can": {right.name.lower(): may(user, right, on=patient) for right in Right},
    }
    return render(request, "dashboard/consents.html", context)


def consent_note(patient: Patient, user: User) -> str:
    """What is in force, for who is about to disclose."""
    rows = Consent.objects.visible_to(user).filter(patient=patient).newest_first()[:PAGE]
    stays = stays_of(Episode.objects.visible_to(user).filter(patient=patient))
    found = shown(rows, stays=stays, patient=patient, now=timezone.now())
    words = "; ".join(f"{one.row}, ends {one.ends}" for one in found if one.is_in_force)
    return f"In force: {words}." if words else "No consent of this patient is in force."


@needs(Right.RECORD_CONSENTS)
def record(request: HttpRequest, pk: int) -> HttpResponseBase:
    """First the kind, then what that kind needs. The kind goes in the body, not in the address."""
    user = staff_user(request)
    patient = patient_of(user, pk)
    kind = request.POST.get("kind", "")
    back = reverse("dashboard:consents", args=[pk])
    title = f"Record a consent: {called(patient, user)}"
    if kind not in ConsentKind.values:
        return choice_page(request, "kind", "What is it for?", ConsentKind, title, back)
    today = day_of(timezone.now(), patient.site.time_zone)
    form = typed.ConsentForm(
        request.POST if "filled" in request.POST else None,
        kind=ConsentKind(kind),
        today=today,
        site=patient.site.name,
    )
    return form_page(
        request,
        form,
        lambda data: consenting.record_consent(
            patient=patient, consent=data, now=timezone.now(), by=user
        ),
        title=title,
        button="Record",
        done="The consent is recorded.",
        back=back,
        note=ConsentKind(kind).label,
    )


def choice_page(
    request: HttpRequest, name: str, label: str, enum: Any, title: str, back: str
) -> HttpResponse:
    """The question before the form."""
    form = typed.ChoiceOf(request.POST or None, name=name, label=label, enum=enum)
    values = {"form": form, "title": title, "button": "Next", "back": back}
    status = 422 if form.errors else 200
    return render(request, "dashboard/form.html", values, status=status)


@needs(Right.RECORD_CONSENTS)
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    consent = visible(Consent.objects.select_related("patient__site"), user, pk)
    return form_page(
        request,
        typed.EndConsentForm(request.POST or None, consent=consent),
        lambda data: consenting.end_consent(consent=consent, now=timezone.now(), by=user, **data),
        title=f"Revoke or end a consent: {called(consent.patient, user)}",
        button="End it",
        done="The consent has ended. Nothing leaves on it any more.",
        back=reverse("dashboard:consents", args=[consent.patient_id]),
        note=f"{consent}. It cannot be brought back: the patient would sign a new one.",
    )


@needs(Right.RECORD_CONSENTS)
def add_notice(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    patient = patient_of(user, pk)
    now = timezone.now()
    initial = {"given_date": day_of(now, patient.site.time_zone)}
    return form_page(
        request,
        typed.NoticeGivenForm(request.POST or None, initial=initial),
        lambda data: consenting.record_privacy_notice(patient=patient, now=now, by=user, **data),
        title=f"Notice given: {called(patient, user)}",
        button="Record",
        done="Recorded.",
        back=reverse("dashboard:consents", args=[pk]),
    )
