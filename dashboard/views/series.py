"""Appointment series: proposed date by date, then booked as a whole."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from appointments.actions.series import book_series, cancel_series, move_series
from appointments.availability import practitioners_at
from appointments.forms.series import SeriesCancelForm, SeriesForm, SeriesMoveForm
from appointments.models import Appointment, AppointmentType
from appointments.visit_bundling import one_trip_days
from common.errors import NotFound
from common.time_zones import day_of
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from dashboard.series_pages import series_page
from patients.models import Patient

#: How far ahead the booking page looks for days with other appointments, and how many it shows.
ONE_TRIP_DAYS, MOST_DAYS = 21, 6


@requires(Permission.BOOK)
def series(request: HttpRequest, patient_pk: int) -> HttpResponseBase:
    """Show every date with its conflicts; book only after a user has seen them."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    today = day_of(timezone.now(), patient.site.time_zone)
    return series_page(
        request,
        SeriesForm(request.POST or None, site=patient.site, initial={"start_date": today}),
        partial(book_series, patient=patient, site=patient.site, by=user),
        site=patient.site,
        patient=patient,
        done="Series booked.",
        back=reverse("dashboard:patient", args=[patient.pk]),
        title="Book series",
        button="Book series",
        one="appointment",
    )


@requires(Permission.BOOK)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    visit = _of_series(request, pk)
    form = SeriesMoveForm(
        request.POST or None,
        site=visit.site,
        initial={
            "starts_time": visit.series.starts_time,
            "practitioner": visit.series.practitioner_id,
        },
    )
    return form_page(
        request,
        form,
        lambda data: move_series(appointment=visit, now=timezone.now(), by=user, **data),
        title="Move series",
        button="Move series",
        done="Series moved. Reminders use the new times.",
        back=reverse("dashboard:visit", args=[visit.pk]),
        appointment=visit,
    )


@requires(Permission.BOOK)
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    visit = _of_series(request, pk)
    return form_page(
        request,
        SeriesCancelForm(request.POST or None),
        lambda data: cancel_series(appointment=visit, now=timezone.now(), by=user, **data),
        title="Cancel series",
        button="Cancel appointments",
        done="Appointments canceled. The times are free again.",
        back=reverse("dashboard:visit", args=[visit.pk]),
        appointment=visit,
    )


def _of_series(request: HttpRequest, pk: int) -> Any:
    rows = Appointment.objects.select_related("site", "type", "patient", "series")
    visit = visible(rows, staff_user(request), pk, Permission.BOOK)
    if visit.series_id is None:
        raise NotFound
    return visit


@requires(Permission.BOOK)
def one_trip(request: HttpRequest, patient_pk: int) -> HttpResponse:
    """Times on days on which the patient comes anyway, for the booking form."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    kinds = AppointmentType.objects.filter(is_active=True, capacity=1)
    type = kinds.filter(pk=cursor(request.GET.get("type")) or 0).first()
    today = day_of(timezone.now(), patient.site.time_zone)
    days, names = [], {}
    if type is not None:
        days = one_trip_days(
            patient=patient,
            type=type,
            from_date=today,
            until_date=today + timedelta(days=ONE_TRIP_DAYS),
            now=timezone.now(),
            user=user,
        )[:MOST_DAYS]
        names = {who.pk: who.name for who in practitioners_at(site=patient.site, type=type)}
    return render(
        request,
        "dashboard/parts/one_trip.html",
        {"days": days, "site": patient.site, "type": type, "names": names},
    )
