"""The dispensing window: give, hand out, correct and void doses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.authz.policy import can
from access.decorators import requires
from access.enums import Permission
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from dispensary.actions.doses import (
    correct_dose,
    give_dose,
    give_take_home_doses,
    record_missed_dose,
)
from dispensary.actions.void_doses import void_dose
from dispensary.forms.doses import (
    CorrectDoseForm,
    GiveDoseForm,
    MissedDoseForm,
    TakeHomeForm,
    VoidDoseForm,
)
from dispensary.models.doses import DoseRecord
from dispensary.queries import orders_on
from patients.models import Episode, Patient

PAGE = 60


def _episode(request: HttpRequest, pk: int) -> Episode:
    found: Episode = visible(
        Episode.objects.select_related("patient", "site", "program"), staff_user(request), pk
    )
    return found


def _order_choices(episode: Episode) -> list[tuple[str, str]]:
    today = day_of(timezone.now(), episode.site.time_zone)
    return [(order.product, str(order)) for order in orders_on(episode=episode, day=today)]


@requires(Permission.SEE_DOSES)
def doses(request: HttpRequest, patient_pk: int) -> HttpResponse:
    """The dose ledger of a patient, voided rows included."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    after = cursor(request.GET.get("after"))
    rows = (
        DoseRecord.objects.visible_to(user)
        .filter(patient=patient)
        .select_related("recorded_by", "voided_by")
    )
    page = page_by_key(rows, order=DoseRecord.ORDER, after=after, size=PAGE)
    return render(
        request,
        "dashboard/doses.html",
        {
            "page": page,
            "patient": patient,
            "may_correct": can(user, Permission.CORRECT_DOSES, on=patient),
        },
    )


@requires(Permission.RECORD_DOSES)
def give(request: HttpRequest, episode_pk: int) -> HttpResponseBase:
    return _window(
        request,
        episode_pk,
        GiveDoseForm,
        lambda data: {"product": data.pop("order"), **data},
        give_dose,
        title="Give dose",
        button="Record dose",
        done="Dose recorded.",
    )


@requires(Permission.RECORD_DOSES)
def take_home(request: HttpRequest, episode_pk: int) -> HttpResponseBase:
    return _window(
        request,
        episode_pk,
        TakeHomeForm,
        lambda data: {
            "product": data.pop("order"),
            "first_date": data.pop("dose_date"),
            **data,
        },
        give_take_home_doses,
        title="Give take-home doses",
        button="Record take-home doses",
        done="Take-home doses recorded.",
    )


def _window(
    request: HttpRequest,
    episode_pk: int,
    form: Any,
    arguments: Callable[[dict[str, Any]], dict[str, Any]],
    action: Callable[..., object],
    *,
    title: str,
    button: str,
    done: str,
) -> HttpResponseBase:
    user = staff_user(request)
    episode = _episode(request, episode_pk)
    orders = _order_choices(episode)
    today = day_of(timezone.now(), episode.site.time_zone)
    return form_page(
        request,
        form(request.POST or None, orders=orders, initial={"dose_date": today}),
        lambda data: action(episode=episode, now=timezone.now(), by=user, **arguments(dict(data))),
        title=f"{title}: {episode.patient.display_name}",
        button=button,
        done=done,
        back=reverse("dashboard:patient", args=[episode.patient_id]),
        template="dashboard/dose.html",
        patient=episode.patient,
        orders=orders,
    )


@requires(Permission.RECORD_DOSES)
def missed(request: HttpRequest, episode_pk: int) -> HttpResponseBase:
    user = staff_user(request)
    episode = _episode(request, episode_pk)
    today = day_of(timezone.now(), episode.site.time_zone)
    return form_page(
        request,
        MissedDoseForm(request.POST or None, initial={"dose_date": today}),
        lambda data: record_missed_dose(episode=episode, now=timezone.now(), by=user, **data),
        title=f"Missed dose: {episode.patient.display_name}",
        button="Record missed dose",
        done="Missed dose recorded.",
        back=reverse("dashboard:patient", args=[episode.patient_id]),
    )


@requires(Permission.CORRECT_DOSES)
def void(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _correction(
        request,
        pk,
        VoidDoseForm,
        void_dose,
        title="Void dose",
        button="Void",
        done="Voided. If a dose was given, record the right one.",
        note="The row stays readable, marked as voided. Nothing is deleted. If the amount or the day is wrong, correct the row instead; that also works after discharge.",
    )


@requires(Permission.CORRECT_DOSES)
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _correction(
        request,
        pk,
        CorrectDoseForm,
        correct_dose,
        title="Correct dose",
        button="Save correction",
        done="Corrected. The old row stays readable, marked as voided.",
        note="Enter what was actually given, whatever was ordered. The old row is voided and a corrected row is added.",
    )


def _correction(
    request: HttpRequest,
    pk: int,
    form: type[VoidDoseForm],
    action: Callable[..., object],
    *,
    title: str,
    **words: str,
) -> HttpResponseBase:
    user = staff_user(request)
    dose = visible(DoseRecord.objects.select_related("patient"), user, pk)
    known = {"amount_mg": dose.amount_mg, "dose_date": dose.dose_date}
    return form_page(
        request,
        form(request.POST or None, initial=known),
        lambda data: action(dose=dose, now=timezone.now(), by=user, **data),
        title=f"{title}: {dose}",
        back=reverse("dashboard:doses", args=[dose.patient_id]),
        **words,
    )
