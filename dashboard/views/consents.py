"""Consents of a patient: status, recording, ending; notices given and restrictions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.authz.policy import can
from access.decorators import requires
from access.enums import Permission
from access.models import User
from common.errors import NotFound
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.consent_status import called, shown, stays_of
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from patients.actions.consents import end_consent, record_consent
from patients.actions.privacy_notices import record_privacy_notice
from patients.enums import ConsentKind
from patients.forms.consents import ConsentForm, EndConsentForm, NoticeGivenForm
from patients.forms.fields import ChoiceOf
from patients.models import (
    Consent,
    Episode,
    Patient,
    PendingRestriction,
    PrivacyNotice,
    RestrictionRequest,
)
from patients.queries import all_episodes_of

PAGE = 30
MOST = 20


def patient_of(user: User, pk: int) -> Patient:
    """The patient whose consents `user` may see, or NotFound (42 CFR 2.13(c))."""
    rows = Patient.objects.with_consents_visible_to(user).select_related("site")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@requires(Permission.SEE_CONSENTS)
def consents(request: HttpRequest, pk: int) -> HttpResponse:
    """Consents with their status today, notices given, and requests for restrictions."""
    user = staff_user(request)
    patient = patient_of(user, pk)
    rows = Consent.objects.visible_to(user).filter(patient=patient).select_related("ended_by")
    page = page_by_key(rows, order=Consent.ORDER, after=cursor(request.GET.get("after")), size=PAGE)
    restrictions = RestrictionRequest.objects.visible_to(user).filter(patient=patient)
    wishes = PendingRestriction.objects.visible_to(user).filter(patient=patient)
    notices = PrivacyNotice.objects.visible_to(user).filter(patient=patient)
    stays = all_episodes_of(patient)
    context = {
        "patient": patient,
        "called": called(patient, user),
        "page": page,
        "consents": shown(page.rows, stays=stays, patient=patient, now=timezone.now()),
        "notices": notices.order_by(*PrivacyNotice.ORDER)[:MOST],
        "restrictions": restrictions.select_related("decided_by", "end").order_by(
            *RestrictionRequest.ORDER
        )[:MOST],
        "wishes": wishes.waiting().select_related("taken_by").order_by(*PendingRestriction.ORDER),
        "can": {right.name.lower(): can(user, right, on=patient) for right in Permission},
    }
    return render(request, "dashboard/consents.html", context)


def consent_note(patient: Patient, user: User) -> str:
    """The active consents as text, for a user who is about to disclose."""
    rows = Consent.objects.visible_to(user).filter(patient=patient).newest_first()[:PAGE]
    stays = stays_of(Episode.objects.visible_to(user).filter(patient=patient))
    found = shown(rows, stays=stays, patient=patient, now=timezone.now())
    words = "; ".join(f"{one.row}, expires {one.ends}" for one in found if one.is_in_force)
    return f"Active consents: {words}." if words else "This patient has no active consent."


@requires(Permission.RECORD_CONSENTS)
def record(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for the kind of consent, then for its fields. The kind goes in the body of the POST."""
    user = staff_user(request)
    patient = patient_of(user, pk)
    kind = request.POST.get("kind", "")
    back = reverse("dashboard:consents", args=[pk])
    title = f"Record a consent: {called(patient, user)}"
    if kind not in ConsentKind.values:
        return choice_page(request, "kind", "Kind of consent", ConsentKind, title, back)
    today = day_of(timezone.now(), patient.site.time_zone)
    form = ConsentForm(
        request.POST if "filled" in request.POST else None,
        kind=ConsentKind(kind),
        today=today,
        site=patient.site.name,
    )
    return form_page(
        request,
        form,
        lambda data: record_consent(patient=patient, consent=data, now=timezone.now(), by=user),
        title=title,
        button="Save",
        done="Consent saved.",
        back=back,
        note=ConsentKind(kind).label,
    )


def choice_page(
    request: HttpRequest, name: str, label: str, enum: Any, title: str, back: str
) -> HttpResponse:
    """A page with one choice, before the form that depends on it."""
    form = ChoiceOf(request.POST or None, name=name, label=label, enum=enum)
    values = {"form": form, "title": title, "button": "Next", "back": back}
    status = 422 if form.errors else 200
    return render(request, "dashboard/form.html", values, status=status)


@requires(Permission.RECORD_CONSENTS)
def end(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    consent = visible(Consent.objects.select_related("patient__site"), user, pk)
    return form_page(
        request,
        EndConsentForm(request.POST or None, consent=consent),
        lambda data: end_consent(consent=consent, now=timezone.now(), by=user, **data),
        title=f"End consent: {called(consent.patient, user)}",
        button="End consent",
        done="Consent ended. Nothing can be disclosed on it any more.",
        back=reverse("dashboard:consents", args=[consent.patient_id]),
        note=f"{consent}. This cannot be undone. The patient can sign a new consent.",
    )


@requires(Permission.RECORD_CONSENTS)
def add_notice(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    patient = patient_of(user, pk)
    now = timezone.now()
    initial = {"given_date": day_of(now, patient.site.time_zone)}
    return form_page(
        request,
        NoticeGivenForm(request.POST or None, initial=initial),
        lambda data: record_privacy_notice(patient=patient, now=now, by=user, **data),
        title=f"Privacy notice given: {called(patient, user)}",
        button="Save",
        done="Saved.",
        back=reverse("dashboard:consents", args=[pk]),
    )
