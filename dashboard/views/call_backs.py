"""Call-backs: ask a patient to bring take-home bottles in, and record the count."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from common.time_zones import day_of, moment_of
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from dispensary.actions.call_backs import call_back_take_homes, count_take_homes
from dispensary.forms.call_backs import CallBackForm, CountForm
from dispensary.models.call_backs import CallBack
from patients.models import Patient

#: Usual time on the next day; the dispensing window is open by then.
NOON = time(12)


@requires(Permission.RECORD_DOSES)
def call_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk, Permission.RECORD_DOSES)
    now = timezone.now()
    tomorrow = day_of(now, row.site.time_zone) + timedelta(days=1)
    return form_page(
        request,
        CallBackForm(request.POST or None, initial={"day": tomorrow, "clock": NOON}),
        lambda data: call_back_take_homes(patient=row, due_at=_moment(data, row), now=now, by=user),
        title=f"Call back for a count of take-home doses: {row.display_name}",
        button="Call back",
        done="Call-back recorded. A message is sent now if the patient allows messages.",
        back=reverse("dashboard:patient", args=[pk]),
        note="The message asks the patient to come in, without the reason.",
    )


def _moment(data: dict[str, Any], row: Patient) -> datetime:
    return moment_of(data["day"], data["clock"], row.site.time_zone)


@requires(Permission.RECORD_DOSES)
def count(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(
        CallBack.objects.select_related("patient", "site"), user, pk, Permission.RECORD_DOSES
    )
    return form_page(
        request,
        CountForm(request.POST or None),
        lambda data: count_take_homes(call_back=row, now=timezone.now(), by=user, **data),
        title=f"Count take-home doses: {row.patient.display_name}",
        button="Save count",
        done="Count saved.",
        back=reverse("dashboard:patient", args=[row.patient_id]),
    )
