"""Group series: book seats in all sessions, move the sessions, cancel them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from access.models import User
from appointments.actions.group_series import (
    book_into_group_series,
    cancel_group_series,
    move_group_series,
)
from appointments.actions.group_sessions import book_into_group
from appointments.enums import HOLDING, GroupStatus
from appointments.forms.group_sessions import GroupCancelForm, GroupSeatForm, SeatForm
from appointments.forms.series import SeriesMoveForm
from appointments.group_seats import SeatAhead, seats_ahead
from appointments.models import GroupSession
from common.errors import DomainError, InvalidInput, NotFound, NotPermitted
from common.time_zones import day_of
from dashboard.http.form_views import add_problem, form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor, search_text
from dashboard.series_pages import ticked
from patients.models import Patient

ROWS = GroupSession.objects.select_related("site", "type", "practitioner", "room", "series")


def _of_series(request: HttpRequest, pk: int) -> Any:
    session = visible(ROWS, staff_user(request), pk, Permission.BOOK)
    if session.series_id is None or session.status != GroupStatus.PLANNED:
        raise NotFound
    return session


def _page(session: GroupSession) -> str:
    return reverse("dashboard:group", args=[session.pk])


def patient_of(user: User, number: str) -> Patient:
    """The patient by record number, which is sent in the body and never in an address.

    Raises InvalidInput at `record_number` if the user can see no such patient.
    """
    found = (
        Patient.objects.visible_to(user).filter(record_number__iexact=search_text(number)).first()
    )
    if found is None:
        raise InvalidInput(
            "No patient with this record number. Check the number.", field="record_number"
        )
    return found


@requires(Permission.BOOK)
def seats(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show every session with what prevents a seat in it; book after a user has seen that."""
    user = staff_user(request)
    session = _of_series(request, pk)
    form = SeatForm(request.POST or None)
    ahead: list[SeatAhead] = []
    patient: Patient | None = None
    if request.method == "POST" and form.is_valid():
        try:
            patient = patient_of(user, form.cleaned_data["record_number"])
            ahead = seats_ahead(session=session, patient=patient, now=timezone.now())
            if "book" in request.POST:
                book_into_group_series(
                    patient=patient,
                    session=session,
                    leave_out=ticked(request, ahead),
                    note=form.cleaned_data["note"],
                    now=timezone.now(),
                    by=user,
                )
                messages.success(request, "Seats booked.")
                return redirect(_page(session))
        except (NotPermitted, NotFound):
            raise
        except DomainError as problem:
            add_problem(form, problem)
    shown = {
        "session": session,
        "patient": patient,
        "form": form,
        "ahead": ahead,
        "asked": request.method == "POST" and not form.errors,
        "left_out": ticked(request, ahead),
        "conflicts": sum(1 for one in ahead if one.problem),
        "back": _page(session),
    }
    return render(request, "dashboard/group_seats.html", shown, status=422 if form.errors else 200)


@requires(Permission.BOOK)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    session = _of_series(request, pk)
    form = SeriesMoveForm(
        request.POST or None,
        site=session.site,
        initial={
            "starts_time": session.series.starts_time,
            "practitioner": session.series.practitioner_id,
        },
    )
    form.fields["reach"].label = "Which sessions"
    return form_page(
        request,
        form,
        lambda data: move_group_series(session=session, now=timezone.now(), by=user, **data),
        title="Move group series",
        button="Move sessions",
        done="Sessions moved. Reminders use the new times.",
        back=_page(session),
    )


@requires(Permission.BOOK)
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    session = _of_series(request, pk)
    return form_page(
        request,
        GroupCancelForm(request.POST or None),
        lambda data: cancel_group_series(session=session, now=timezone.now(), by=user, **data),
        title="Cancel group series",
        button="Cancel sessions",
        done="Sessions canceled. Call patients who cannot be reached by message.",
        back=_page(session),
    )


#: How far ahead a patient's page looks for group sessions.
DAYS = 21


@requires(Permission.BOOK)
def for_patient(request: HttpRequest, patient_pk: int) -> HttpResponseBase:
    """Group sessions of the next weeks for one patient: a seat in one, or in all that follow."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    sessions = _coming(patient, user)
    form = GroupSeatForm(request.POST or None)
    form.fields["session"].queryset = sessions  # type: ignore[attr-defined]
    back = reverse("dashboard:patient", args=[patient.pk])
    ahead: list[SeatAhead] = []
    if request.method == "POST" and form.is_valid():
        try:
            ahead = _asked_for(request, patient, **form.cleaned_data)
            if not ahead or "book" in request.POST:
                messages.success(request, "Booked.")
                return redirect(back)
        except (NotPermitted, NotFound):
            raise
        except DomainError as problem:
            add_problem(form, problem)
    held = patient.appointments.filter(status__in=HOLDING, group_session__in=sessions)
    shown = {
        "patient": patient,
        "sessions": sessions,
        "theirs": {seat.group_session_id for seat in held.visible_to(user)},
        "chosen": cursor(request.POST.get("session")),
        "last_day": day_of(timezone.now(), patient.site.time_zone) + timedelta(days=DAYS),
        "form": form,
        "ahead": ahead,
        "left_out": ticked(request, ahead),
        "conflicts": sum(1 for one in ahead if one.problem),
        "back": back,
    }
    status = 422 if form.errors else 200
    return render(request, "dashboard/patient_groups.html", shown, status=status)


def _asked_for(
    request: HttpRequest, patient: Patient, session: GroupSession, note: str
) -> list[SeatAhead]:
    """Book one seat at once, or return the sessions that follow and book them when confirmed.

    Raises InvalidInput if the whole series is asked for and the session belongs to none.
    """
    now, user = timezone.now(), staff_user(request)
    whole = request.POST.get("what") == "all" or "book" in request.POST
    if not whole:
        book_into_group(patient=patient, session=session, note=note, now=now, by=user)
        return []
    if session.series_id is None:
        raise InvalidInput("This session does not repeat.", remedy="Book this session only.")
    ahead = seats_ahead(session=session, patient=patient, now=now)
    if "book" in request.POST:
        book_into_group_series(
            patient=patient,
            session=session,
            leave_out=ticked(request, ahead),
            note=note,
            now=now,
            by=user,
        )
    return ahead


def _coming(patient: Patient, user: User) -> QuerySet[GroupSession]:
    now = timezone.now()
    rows = ROWS.visible_to(user).filter(
        site=patient.site, status=GroupStatus.PLANNED, starts_at__gt=now
    )
    return rows.filter(starts_at__lt=now + timedelta(days=DAYS)).order_by("starts_at", "pk")
