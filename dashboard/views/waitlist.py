"""The waiting room, the waitlist, and waitlist offers."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import can, sites_with_permission
from access.decorators import requires
from access.enums import Permission
from access.models import Site
from appointments.actions.waitlist import (
    accept_offer,
    decline_offer,
    offer_time,
    put_on_waitlist,
    withdraw_from_waitlist,
)
from appointments.availability import free_times, practitioners_at
from appointments.forms.waitlist import OfferForm, WaitlistForm
from appointments.models import WaitlistEntry, WaitlistOffer
from appointments.queries import waiting_room as in_the_waiting_room
from appointments.queries import waitlist_of
from common.time_zones import day_of, moment_of
from dashboard.http.form_views import action_button, form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import require_supported_date
from dashboard.views.schedule import chosen_site, sites_of
from patients.models import Patient

DAYS_OFFERED, MOST_OFFERED = 7, 12


@requires(Permission.SEE_SCHEDULE)
def waiting_room(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sites = sites_of(user, Permission.SEE_SCHEDULE)
    site = chosen_site(request, sites)
    now = timezone.now()
    rows = in_the_waiting_room(site=site, day=day_of(now, site.time_zone), user=user)
    waiting = [
        (row, max(int((now - (row.arrived_at or row.starts_at)).total_seconds() // 60), 0))
        for row in rows
    ]
    shown = {"site": site, "sites": sites, "waiting": waiting, "now": now}
    shown["can_check_in"] = site.pk in sites_with_permission(user, Permission.CHECK_IN)
    return render(request, "dashboard/waiting_room.html", shown)


@requires(Permission.SEE_SCHEDULE)
def waitlist(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    sites = sites_of(user, Permission.SEE_SCHEDULE)
    site = chosen_site(request, sites)
    shown = {
        "site": site,
        "sites": sites,
        "sees_clinical": can(user, Permission.SEE_CLINICAL),
        "rows": waitlist_of(site=site, user=user),
        "can_book": site.pk in sites_with_permission(user, Permission.BOOK),
        "now": timezone.now(),
    }
    return render(request, "dashboard/waitlist.html", shown)


def _page(site: Site) -> str:
    return f"{reverse('dashboard:waitlist')}?site={site.code}"


@requires(Permission.BOOK)
def put(request: HttpRequest, patient_pk: int) -> HttpResponseBase:
    user = staff_user(request)
    patient = visible(Patient.objects.select_related("site"), user, patient_pk)
    today = day_of(timezone.now(), patient.site.time_zone)
    initial = {"from_date": today, "last_date": today + timedelta(days=14)}
    return form_page(
        request,
        WaitlistForm(
            request.POST or None,
            site=patient.site,
            sees_clinical=can(user, Permission.SEE_CLINICAL, on=patient),
            initial=initial,
        ),
        lambda data: put_on_waitlist(
            patient=patient,
            site=patient.site,
            until_date=data.pop("last_date") + timedelta(days=1),
            now=timezone.now(),
            by=user,
            **data,
        ),
        title="Add to waitlist",
        button="Add to waitlist",
        done="Added to the waitlist. Free times are offered in order of priority.",
        back=reverse("dashboard:patient", args=[patient.pk]),
        note=f"For {patient.display_name}, who wants an earlier time if one becomes free.",
    )


ENTRIES = WaitlistEntry.objects.select_related("site", "type", "patient", "practitioner")
OFFERS = WaitlistOffer.objects.select_related("site", "entry__type", "practitioner", "room").defer(
    "entry__priority"
)


@requires(Permission.BOOK)
def offer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Offer a time by hand to a patient on the waitlist. The first free times are shown."""
    user = staff_user(request)
    entry = visible(ENTRIES, user, pk, Permission.BOOK)
    now = timezone.now()
    today = day_of(now, entry.site.time_zone)
    first = max(today, entry.from_date)
    who = [entry.practitioner] if entry.practitioner else None
    times = free_times(
        site=entry.site,
        type=entry.type,
        from_date=first,
        until_date=first + timedelta(days=DAYS_OFFERED),
        practitioners=who,
        patient=entry.patient,
        now=now + timedelta(minutes=20),
        most=MOST_OFFERED,
    )
    names = {who.pk: who.name for who in practitioners_at(site=entry.site, type=entry.type)}
    return form_page(
        request,
        OfferForm(request.POST or None, entry=entry, initial={"day": first}),
        lambda data: offer_time(
            entry=entry,
            practitioner=data["practitioner"],
            starts_at=require_supported_date(
                moment_of(data["day"], data["clock"], entry.site.time_zone)
            ),
            room=data["room"],
            now=timezone.now(),
            by=user,
        ),
        title="Offer a time",
        button="Hold for 30 minutes",
        done="The time is held. Call the patient and record the answer.",
        back=_page(entry.site),
        template="dashboard/offer.html",
        entry=entry,
        times=times,
        names=names,
    )


@requires(Permission.BOOK)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    entry = visible(ENTRIES, user, pk)
    return action_button(
        request,
        lambda: withdraw_from_waitlist(entry=entry, now=timezone.now(), by=user),
        done="Removed from the waitlist.",
        back=_page(entry.site),
    )


@requires(Permission.BOOK)
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = visible(OFFERS, user, pk)
    return action_button(
        request,
        lambda: accept_offer(offer=row, now=timezone.now(), by=user),
        done="Appointment booked. The patient was removed from the waitlist.",
        back=_page(row.site),
    )


@requires(Permission.BOOK)
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    row = visible(OFFERS, user, pk)
    return action_button(
        request,
        lambda: decline_offer(offer=row, now=timezone.now(), by=user),
        done="Offer declined. The patient stays on the waitlist; the time goes to the next patient.",
        back=_page(row.site),
    )
