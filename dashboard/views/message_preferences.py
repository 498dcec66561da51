"""The message preferences of a patient."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from access.decorators import requires
from access.enums import Permission
from common.time_zones import day_of
from dashboard.http.form_views import form_page, staff_user
from dashboard.http.lookups import visible
from patients.models import Patient
from reminders.actions.message_preferences import WISHES, set_message_preferences
from reminders.forms.message_preferences import MessagePreferencesForm
from reminders.message_templates import falls_back
from reminders.models import MessagePreferences


@requires(Permission.EDIT_IDENTITY)
def message_wishes(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk, Permission.EDIT_IDENTITY)
    allowed = row.contact_points.filter(is_active=True, may_send_messages=True).order_by("id")
    known = (
        MessagePreferences.objects.visible_to(user).filter(patient=row).first()
        or MessagePreferences()
    )
    form = MessagePreferencesForm(
        request.POST or None, points=list(allowed), initial=_wishes(known)
    )
    return form_page(
        request,
        form,
        lambda data: set_message_preferences(patient=row, wishes=data, now=timezone.now(), by=user),
        title=f"Message preferences: {row.display_name}",
        button="Save",
        done="Saved.",
        back=reverse("dashboard:patient", args=[pk]),
        note=_note(row, known),
    )


def _wishes(known: MessagePreferences) -> dict[str, Any]:
    found = {name: getattr(known, name) for name in WISHES}
    return {**found, "phone": known.phone_id, "email": known.email_id}


def _note(row: Patient, known: MessagePreferences) -> str:
    if falls_back(row.language):
        return "There are no message templates in this patient's language. Messages are sent in English."
    today = day_of(timezone.now(), row.site.time_zone)
    paused = known.paused_until is not None and known.paused_until > today
    return "Messages are paused." if paused else ""
