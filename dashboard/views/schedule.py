"""The day's schedule, and actions on an appointment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import can, sites_with_permission
from access.decorators import requires
from access.enums import Permission
from access.models import Site, User
from appointments.actions.booking import (
    book_appointment,
    cancel_appointment,
    confirm_appointment,
    move_appointment,
)
from appointments.actions.check_in import complete_appointment, mark_arrived
from appointments.actions.no_shows import mark_no_show
from appointments.availability import free_times
from appointments.enums import AppointmentStatus
from appointments.forms.booking import BookForm, CancelForm, MoveForm, NoShowForm
from appointments.models import Appointment
from appointments.queries import day_schedule
from common.time_zones import day_of, is_supported_date, moment_of
from dashboard.http.form_views import action_button, form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import day_or_none, require_supported_date
from patients.models import Patient


def sites_of(user: User, right: Permission) -> list[Site]:
    """The sites where `user` has the permission `right`, by name."""
    return list(Site.objects.filter(pk__in=sites_with_permission(user, right)).order_by("name"))


def chosen_site(request: HttpRequest, sites: list[Site]) -> Site:
    """The site named in the address if it is one of `sites`, else the first of them."""
    return next((site for site in sites if site.code == request.GET.get("site")), sites[0])


@requires(Permission.SEE_SCHEDULE)
def schedule(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sites = sites_of(user, Permission.SEE_SCHEDULE)
    site = chosen_site(request, sites)
    now = timezone.now()
    today = day_of(now, site.time_zone)
    day = day_or_none(request.GET.get("day")) or today
    rows = day_schedule(site=site, day=day, user=user)
    only = request.GET.get("with", "")
    practitioners = sorted({row.practitioner for row in rows if row.practitioner}, key=str)
    shown = [row for row in rows if not only or str(row.practitioner_id) == only]
    return render(
        request,
        "dashboard/schedule.html",
        {
            "rows": shown,
            "summary": _summary(shown),
            "site": site,
            "sites": sites,
            "day": day,
            "today": today,
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1),
            "practitioners": practitioners,
            "only": only,
            "now": now,
        },
    )


def _summary(rows: list[Appointment]) -> list[tuple[str, int]]:
    """How many appointments have each status, in the order of the statuses."""
    counted = dict.fromkeys(AppointmentStatus.labels, 0)
    for row in rows:
        counted[row.get_status_display()] += 1
    return [(label, count) for label, count in counted.items() if count]


def _back(appointment: Appointment) -> str:
    day = day_of(appointment.starts_at, appointment.site.time_zone)
    return f"{reverse('dashboard:schedule')}?site={appointment.site.code}&day={day}"


def _button(
    action: Callable[..., Appointment], done: str
) -> Callable[[HttpRequest, int], HttpResponse]:
    """Make a view for a button that changes an appointment's status."""

    def view(request: HttpRequest, pk: int) -> HttpResponse:
        user = staff_user(request)
        appointment = visible(Appointment.objects, user, pk)
        now = timezone.now()
        return action_button(
            request,
            lambda: action(appointment=appointment, now=now, by=user),
            done=done,
            back=_back(appointment),
        )

    return view


confirm = requires(Permission.BOOK)(require_POST(_button(confirm_appointment, "Confirmed.")))
arrive = requires(Permission.CHECK_IN)(require_POST(_button(mark_arrived, "Checked in.")))
complete = requires(Permission.CHECK_IN)(
    require_POST(_button(complete_appointment, "Appointment completed."))
)


@requires(Permission.CHECK_IN)
def no_show(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    appointment = visible(Appointment.objects, user, pk)
    return form_page(
        request,
        NoShowForm(request.POST or None),
        lambda data: mark_no_show(
            appointment=appointment, reason=data["reason"], now=timezone.now(), by=user
        ),
        title="No-show",
        button="Mark no-show",
        done="No-show recorded. Call the patient.",
        back=_back(appointment),
        appointment=appointment,
    )


@requires(Permission.BOOK)
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    appointment = visible(Appointment.objects, user, pk)
    return form_page(
        request,
        CancelForm(request.POST or None),
        lambda data: cancel_appointment(
            appointment=appointment, now=timezone.now(), by=user, **data
        ),
        title="Cancel appointment",
        button="Cancel appointment",
        done="Appointment canceled. The time is free again.",
        back=_back(appointment),
        appointment=appointment,
    )


@requires(Permission.BOOK)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    appointment = visible(Appointment.objects, user, pk)
    zone = appointment.site.time_zone
    return form_page(
        request,
        MoveForm(
            request.POST or None,
            site=appointment.site,
            initial={
                "day": day_of(appointment.starts_at, zone),
                "practitioner": appointment.practitioner_id,
                "room": appointment.room_id,
            },
        ),
        lambda data: move_appointment(
            appointment=appointment,
            starts_at=require_supported_date(moment_of(data["day"], data["clock"], zone)),
            practitioner=data["practitioner"],
            room=data["room"],
            now=timezone.now(),
            by=user,
        ),
        title="Move appointment",
        button="Move appointment",
        done="Appointment moved. Reminders use the new time.",
        back=_back(appointment),
        appointment=appointment,
    )


@requires(Permission.SEE_SCHEDULE)
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """One appointment with the actions on it."""
    user = staff_user(request)
    rows = Appointment.objects.select_related(
        "patient", "type", "practitioner", "room", "site", "series"
    )
    found = visible(rows, user, pk)
    shown = {
        "row": found,
        "can_book": can(user, Permission.BOOK, on=found),
        "can_check_in": can(user, Permission.CHECK_IN, on=found),
        "now": timezone.now(),
        "back": _back(found),
    }
    return render(request, "dashboard/visit.html", shown)


@requires(Permission.BOOK)
def book(request: HttpRequest, patient_pk: int) -> HttpResponseBase:
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    today = day_of(timezone.now(), patient.site.time_zone)
    form = BookForm(request.POST or None, site=patient.site, initial={"day": today})
    return form_page(
        request,
        form,
        lambda data: book_appointment(
            patient=patient,
            site=patient.site,
            type=data["type"],
            practitioner=data["practitioner"],
            starts_at=require_supported_date(form.starts_at()),
            room=data["room"],
            mode=data["mode"],
            note=data["note"],
            now=timezone.now(),
            by=user,
        ),
        title="Book appointment",
        button="Book",
        done="Appointment booked.",
        back=reverse("dashboard:patient", args=[patient.pk]),
        template="dashboard/book.html",
        patient=patient,
    )


@requires(Permission.BOOK)
def times(request: HttpRequest, patient_pk: int) -> HttpResponse:
    """Free times of one practitioner on one day, for the booking form."""
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    form = BookForm(request.GET, site=patient.site)
    form.is_valid()
    chosen = form.cleaned_data
    found = None
    complete = all(chosen.get(name) for name in ("type", "practitioner", "day"))
    if complete and is_supported_date(chosen["day"]):
        found = free_times(
            patient=patient,
            site=patient.site,
            type=chosen["type"],
            practitioners=[chosen["practitioner"]],
            room=chosen.get("room"),
            from_date=chosen["day"],
            until_date=chosen["day"] + timedelta(days=1),
            now=timezone.now(),
        )
    return render(
        request, "dashboard/parts/free_times.html", {"times": found, "site": patient.site}
    )
