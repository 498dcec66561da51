"""Visits that come again: proposed day by day first, then booked as a whole."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from access.enums import Right
from access.gate import needs
from appointments.availability import practitioners_at
from appointments.models import Appointment, AppointmentType
from appointments.one_trip import one_trip_days
from appointments.proposing import Occurrence, Pattern, propose_series
from appointments.repeating import book_series, cancel_series, move_series
from common.days import day_of, moment_of
from common.errors import DomainError, NotFound, NotPermitted
from dashboard.addresses import cursor, within_reach
from dashboard.calendar_forms import SeriesCancelForm, SeriesForm, SeriesMoveForm
from dashboard.deeds import add_problem, form_page, staff_user
from dashboard.lookups import visible
from patients.models import Patient

#: How far ahead one-trip days are looked for on the booking page.
ONE_TRIP_DAYS, MOST_DAYS = 21, 6


@needs(Right.BOOK)
def series(request: HttpRequest, patient_pk: int) -> HttpResponseBase:
    """First every visit with what stands against it; booked only when somebody has read that."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    today = day_of(timezone.now(), patient.site.time_zone)
    form = SeriesForm(request.POST or None, site=patient.site, initial={"start_date": today})
    back = reverse("dashboard:patient", args=[patient.pk])
    proposed: list[Occurrence] = []
    if request.method == "POST" and form.is_valid():
        try:
            proposed = _proposed(form, patient, request)
            if "book" in request.POST:
                book_series(
                    patient=patient,
                    site=patient.site,
                    **_asked(form),
                    leave_out=_left_out(request, proposed),
                    moved=_moved(request, patient.site.time_zone),
                    now=timezone.now(),
                    by=user,
                )
                messages.success(request, "The series is booked.")
                return redirect(back)
        except (NotPermitted, NotFound):
            raise
        except DomainError as problem:
            add_problem(form, problem)
    shown = {
        "form": form,
        "patient": patient,
        "back": back,
        "proposed": proposed,
        "left_out": _left_out(request, proposed),
        "moved_days": set(_moved(request, patient.site.time_zone)),
        "conflicts": sum(1 for one in proposed if one.problem),
    }
    return render(request, "dashboard/series.html", shown, status=422 if form.errors else 200)


def _asked(form: SeriesForm) -> dict[str, Any]:
    kept = ("type", "practitioner", "room", "start_date", "starts_time")
    return {**{name: form.cleaned_data[name] for name in kept}, "rule": form.rule()}


def _proposed(form: SeriesForm, patient: Patient, request: HttpRequest) -> list[Occurrence]:
    asked = _asked(form)
    pattern = Pattern(
        site=patient.site,
        type=asked["type"],
        practitioner=asked["practitioner"],
        room=asked["room"],
        patient=patient,
        starts_time=asked["starts_time"],
        minutes=asked["type"].minutes,
        buffer_minutes=asked["type"].buffer_minutes,
    )
    return propose_series(
        pattern=pattern,
        rule=asked["rule"],
        start_date=within_reach_day(asked["start_date"]),
        moved=_moved(request, patient.site.time_zone),
        now=timezone.now(),
    )


def within_reach_day(day: date) -> date:
    within_reach(datetime.combine(day, time.min))
    return day


def _left_out(request: HttpRequest, proposed: list[Occurrence]) -> list[date]:
    """The days whose box is ticked, of those that the rule makes."""
    ticked = set(request.POST.getlist("leave_out"))
    return [one.day for one in proposed if one.day.isoformat() in ticked]


def _moved(request: HttpRequest, zone: str) -> dict[date, datetime]:
    """Days for which somebody typed another time of the same day."""
    found = {}
    for name, clock in request.POST.items():
        if not name.startswith("clock-") or not clock:
            continue
        try:
            day = date.fromisoformat(name.removeprefix("clock-"))
            found[day] = moment_of(within_reach_day(day), time.fromisoformat(str(clock)), zone)
        except ValueError:
            continue
    return found


@needs(Right.BOOK)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    visit = _of_series(request, pk)
    form = SeriesMoveForm(
        request.POST or None,
        site=visit.site,
        initial={"starts_time": visit.series.starts_time, "practitioner": visit.practitioner_id},
    )
    return form_page(
        request,
        form,
        lambda data: move_series(appointment=visit, now=timezone.now(), by=user, **data),
        title="Move this series",
        button="Move the series",
        done="Moved. Reminders follow the new times.",
        back=reverse("dashboard:visit", args=[visit.pk]),
        appointment=visit,
    )


@needs(Right.BOOK)
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    visit = _of_series(request, pk)
    return form_page(
        request,
        SeriesCancelForm(request.POST or None),
        lambda data: cancel_series(appointment=visit, now=timezone.now(), by=user, **data),
        title="Cancel this series",
        button="Cancel these visits",
        done="Cancelled. The times are free again.",
        back=reverse("dashboard:visit", args=[visit.pk]),
        appointment=visit,
    )


def _of_series(request: HttpRequest, pk: int) -> Any:
    rows = Appointment.objects.select_related("site", "type", "patient", "series")
    visit = visible(rows, staff_user(request), pk, Right.BOOK)
    if visit.series_id is None:
        raise NotFound
    return visit


@needs(Right.BOOK)
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
