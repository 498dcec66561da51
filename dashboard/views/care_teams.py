"""Add staff members to a patient's care team and remove them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.actions import care_teams
from access.decorators import requires
from access.enums import Permission
from access.forms.care_teams import CareTeamForm
from access.models import CareTeamPlace
from appointments.availability import practitioners_at
from common.time_zones import day_of
from dashboard.http.form_views import action_button, form_page, staff_user
from dashboard.http.lookups import visible
from patients.models import Patient


@requires(Permission.ASSIGN_CARE_TEAM)
def add_to_care_team(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk)
    now = timezone.now()
    form = CareTeamForm(
        request.POST or None,
        colleagues=practitioners_at(site=row.site),
        by=user,
        today=day_of(now, row.site.time_zone),
    )
    return form_page(
        request,
        form,
        lambda data: care_teams.add_to_care_team(patient=row, now=now, by=user, **data),
        title=f"Care team of {row.display_name}",
        button="Add to care team",
        done="Added to the care team.",
        back=reverse("dashboard:patient", args=[pk]),
    )


@requires(Permission.ASSIGN_CARE_TEAM)
@require_POST
def take_off_care_team(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    place = visible(CareTeamPlace.objects.select_related("site"), user, pk)
    return action_button(
        request,
        lambda: care_teams.take_off_care_team(place=place, now=timezone.now(), by=user),
        done="Removed from the care team. Their access has ended.",
        back=reverse("dashboard:patient", args=[place.patient_id]),
    )
