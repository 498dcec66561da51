"""Group sessions and their seats."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import can
from access.decorators import requires
from access.enums import Permission
from access.models import Site
from appointments.actions.group_sessions import (
    book_into_group,
    cancel_group_session,
    complete_group_session,
    move_group_session,
)
from appointments.actions.series import plan_group_series
from appointments.enums import HOLDING
from appointments.forms.group_sessions import GroupForm, ReasonForm, SeatForm, SessionMoveForm
from appointments.models import GroupSession
from common.time_zones import day_of, moment_of
from dashboard.http.form_views import action_button, attempt, form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import require_supported_date
from dashboard.series_pages import series_page
from dashboard.views.group_series import patient_of
from dashboard.views.schedule import chosen_site, sites_of

ROWS = GroupSession.objects.select_related("site", "type", "practitioner", "room")


def _page(session: GroupSession) -> str:
    return reverse("dashboard:group", args=[session.pk])


@requires(Permission.SEE_SCHEDULE)
def group(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The seats of a session; and for users who may book, a form for one more seat."""
    user = staff_user(request)
    session = visible(ROWS, user, pk)
    can_book = can(user, Permission.BOOK, on=session)
    form = SeatForm(request.POST or None) if can_book else None
    if request.method == "POST" and form is not None:
        found = attempt(form, lambda data: _seat(session, data, user))
        if found is not None:
            return action_button(request, lambda: None, done="Booked.", back=_page(session))
    rows = session.appointments.visible_to(user).select_related("patient", "site", "type")
    seats = list(
        rows.filter(status__in=[*HOLDING, "no_show"]).order_by("patient__family_name", "pk")
    )
    return render(
        request,
        "dashboard/group.html",
        {
            "session": session,
            "seats": seats,
            "form": form,
            "can_book": can_book,
            "can_check_in": can(user, Permission.CHECK_IN, on=session),
            "now": timezone.now(),
        },
        status=422 if form is not None and form.errors else 200,
    )


def _seat(session: GroupSession, data: dict[str, Any], user: Any) -> object:
    patient = patient_of(user, data["record_number"])
    return book_into_group(
        patient=patient, session=session, note=data["note"], now=timezone.now(), by=user
    )


@requires(Permission.BOOK)
def plan(request: HttpRequest) -> HttpResponseBase:
    user = staff_user(request)
    site = chosen_site(request, sites_of(user, Permission.BOOK))
    today = day_of(timezone.now(), site.time_zone)
    return series_page(
        request,
        GroupForm(request.POST or None, site=site, initial={"start_date": today}),
        partial(plan_group_series, site=site, by=user),
        site=site,
        done="Group saved.",
        back=_calendar(site),
        title="New group",
        button="Save group",
        one="session",
    )


def _calendar(site: Site) -> str:
    return f"{reverse('dashboard:calendar')}?site={site.code}"


@requires(Permission.BOOK)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    session = visible(ROWS, user, pk, Permission.BOOK)
    zone = session.site.time_zone
    return form_page(
        request,
        SessionMoveForm(request.POST or None, initial={"day": day_of(session.starts_at, zone)}),
        lambda data: move_group_session(
            session=session,
            starts_at=require_supported_date(moment_of(data["day"], data["clock"], zone)),
            now=timezone.now(),
            by=user,
        ),
        title="Move session",
        button="Move session",
        done="Session moved. Reminders use the new time.",
        back=_page(session),
    )


@requires(Permission.BOOK)
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    session = visible(ROWS, user, pk, Permission.BOOK)
    return form_page(
        request,
        ReasonForm(request.POST or None),
        lambda data: cancel_group_session(session=session, now=timezone.now(), by=user, **data),
        title="Cancel session",
        button="Cancel session",
        done="Session canceled. Call patients who cannot be reached by message.",
        back=_page(session),
    )


@requires(Permission.CHECK_IN)
@require_POST
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    session = visible(ROWS, user, pk)
    return action_button(
        request,
        lambda: complete_group_session(session=session, now=timezone.now(), by=user),
        done="Session completed.",
        back=_page(session),
    )
