"""What is left to people, and how a patient wants messages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from access.enums import Right
from access.gate import needs
from common.days import day_of
from common.paging import page_by_key
from dashboard.addresses import cursor
from dashboard.deeds import form_page, staff_user
from dashboard.lookups import visible
from dashboard.message_forms import CloseForm, FinishForm, MessageWishesForm
from patients.models import Patient
from reminders.actions import WISHES, close_text, finish_follow_up, set_message_wishes
from reminders.models import FollowUp, IncomingText, MessageWishes
from reminders.texts import falls_back

PAGE = 50


@needs(Right.FOLLOW_UP)
def follow_ups(request: HttpRequest) -> HttpResponse:
    """Longest due first; `mine` are those of whoever asks."""
    user = staff_user(request)
    mine = request.GET.get("mine") == "1"
    rows = FollowUp.objects.visible_to(user).to_do()
    if mine:
        rows = rows.filter(for_user=user)
    rows = rows.select_related("patient", "site", "for_user")
    after = cursor(request.GET.get("after"))
    page = page_by_key(rows, order=FollowUp.ORDER, after=after, size=PAGE)
    now = timezone.now()
    late = {row.pk for row in page.rows if row.due_date < day_of(now, row.site.time_zone)}
    context = {"page": page, "mine": mine, "late": late}
    return render(request, "dashboard/follow_ups.html", context)


@needs(Right.FOLLOW_UP)
def finish(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(FollowUp.objects.select_related("patient", "site"), user, pk, Right.FOLLOW_UP)
    return form_page(
        request,
        FinishForm(request.POST or None),
        lambda data: finish_follow_up(follow_up=row, now=timezone.now(), by=user, **data),
        title=f"Done: {row.patient.display_name}",
        button="Save",
        done="Done.",
        back=reverse("dashboard:follow_ups"),
        note=row.get_reason_display(),
    )


@needs(Right.FOLLOW_UP)
def replies(request: HttpRequest) -> HttpResponse:
    """Texts from patients: those that nobody understood yet, or all."""
    user = staff_user(request)
    every = request.GET.get("all") == "1"
    rows = IncomingText.objects.visible_to(user)
    rows = (rows if every else rows.to_read()).select_related("patient__site", "closed_by")
    after = cursor(request.GET.get("after"))
    page = page_by_key(rows, order=IncomingText.ORDER, after=after, size=PAGE)
    return render(request, "dashboard/replies.html", {"page": page, "every": every})


@needs(Right.FOLLOW_UP)
def close_reply(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(IncomingText.objects.select_related("patient__site"), user, pk)
    return form_page(
        request,
        CloseForm(request.POST or None),
        lambda data: close_text(incoming=row, now=timezone.now(), by=user, **data),
        title="Read, and done",
        button="Close",
        done="Closed.",
        back=reverse("dashboard:replies"),
        note=f"“{row.text}”",
    )


@needs(Right.EDIT_IDENTITY)
def message_wishes(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk, Right.EDIT_IDENTITY)
    allowed = row.contact_points.filter(is_active=True, may_send_messages=True).order_by("id")
    known = MessageWishes.objects.visible_to(user).filter(patient=row).first() or MessageWishes()
    form = MessageWishesForm(request.POST or None, points=list(allowed), initial=_wishes(known))
    return form_page(
        request,
        form,
        lambda data: set_message_wishes(patient=row, wishes=data, now=timezone.now(), by=user),
        title=f"Messages to {row.display_name}",
        button="Save",
        done="Saved.",
        back=reverse("dashboard:patient", args=[pk]),
        note=_note(row, known),
    )


def _wishes(known: MessageWishes) -> dict[str, Any]:
    found = {name: getattr(known, name) for name in WISHES}
    return {**found, "phone": known.phone_id, "email": known.email_id}


def _note(row: Patient, known: MessageWishes) -> str:
    if falls_back(row.language):
        return "There are no texts in this patient's language: messages go out in English."
    today = day_of(timezone.now(), row.site.time_zone)
    paused = known.paused_until is not None and known.paused_until > today
    return "Messages are paused just now." if paused else ""
