"""SUD counseling notes: the user's own, and those the user was named as a reader of.

For other users they do not exist.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import can
from access.decorators import requires
from access.enums import Permission
from access.models import User
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.consent_status import called
from dashboard.http.form_views import action_button, attempt, form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor
from patients.models import Consent, Patient
from treatments.actions.counseling_notes import (
    amend_counseling_note,
    end_note_reading,
    name_note_reader,
    open_notes_by_consent,
    write_counseling_note,
)
from treatments.forms import counseling_notes as typed
from treatments.models import CounselingNote, NoteReader

PAGE = 20


@requires(Permission.SEE_COUNSELING_NOTES)
def notes(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Read and write notes on one page."""
    user = staff_user(request)
    patients = Patient.objects.select_related("site")
    patient = visible(patients, user, pk, Permission.SEE_COUNSELING_NOTES)
    now = timezone.now()
    today = day_of(now, patient.site.time_zone)
    form = typed.NoteForm(request.POST or None, today=today)
    if request.method == "POST":
        wrote = attempt(
            form,
            lambda data: write_counseling_note(patient=patient, now=now, by=user, **data),
        )
        if wrote is not None:
            return redirect("dashboard:counseling_notes", pk)
    rows = CounselingNote.objects.visible_to(user).filter(patient=patient)
    page = page_by_key(
        rows.select_related("author", "amends"),
        order=CounselingNote.ORDER,
        after=cursor(request.GET.get("after")),
        size=PAGE,
    )
    context = {
        "patient": patient,
        "page": page,
        "form": form,
        "may_write": can(user, Permission.WRITE_COUNSELING_NOTES, on=patient),
        **_readers(patient, user),
    }
    status = 422 if form.errors else 200
    return render(request, "dashboard/counseling_notes.html", context, status=status)


def _readers(patient: Patient, user: User) -> dict[str, object]:
    """Who else reads the user's notes, and whose notes the user reads."""
    today = day_of(timezone.now(), patient.site.time_zone)
    rows = NoteReader.objects.visible_to(user).filter(patient=patient).on(today)
    rows = rows.select_related("reader", "author", "consent").order_by("reader__name", "id")
    return {
        "readers": [row for row in rows if row.author_id == user.pk],
        "read_by_me": [row for row in rows if row.reader_id == user.pk],
    }


@requires(Permission.SEE_COUNSELING_NOTES)
def amend(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    note = visible(CounselingNote.objects.select_related("patient__site"), user, pk)
    return form_page(
        request,
        typed.AmendForm(request.POST or None),
        lambda data: amend_counseling_note(note=note, now=timezone.now(), by=user, **data),
        title=f"Amend a counseling note: {called(note.patient, user)}",
        button="Save amendment",
        done="Amendment saved. The original note is unchanged.",
        back=reverse("dashboard:counseling_notes", args=[note.patient_id]),
        note=f"{note}. The amendment is added as a separate note.",
    )


@requires(Permission.WRITE_COUNSELING_NOTES)
def name_reader(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    patients = Patient.objects.select_related("site")
    patient = visible(patients, user, pk, Permission.WRITE_COUNSELING_NOTES)
    now = timezone.now()
    form = typed.ReaderForm(
        request.POST or None, patient=patient, by=user, today=day_of(now, patient.site.time_zone)
    )
    return form_page(
        request,
        form,
        lambda data: name_note_reader(patient=patient, now=now, by=user, **data),
        title=f"Give access to your counseling notes: {called(patient, user)}",
        button="Give access",
        done="They can now read your counseling notes about this patient.",
        back=reverse("dashboard:counseling_notes", args=[pk]),
        note="They will be able to read every counseling note that you have written or will write about this patient.",
    )


@requires(Permission.OPEN_NOTES_BY_CONSENT)
def name_reader_by_consent(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Name a reader whom the patient named in a consent for counseling notes only."""
    user = staff_user(request)
    consent = visible(Consent.objects.select_related("patient__site", "site"), user, pk)
    form = typed.ConsentReaderForm(request.POST or None, patient=consent.patient, by=user)
    return form_page(
        request,
        form,
        lambda data: open_notes_by_consent(consent=consent, now=timezone.now(), by=user, **data),
        title=f"Give access to counseling notes: {called(consent.patient, user)}",
        button="Give access",
        done="They can read those notes while the consent is active.",
        back=reverse("dashboard:consents", args=[consent.patient_id]),
        note=f"{consent}: {'; '.join(consent.recipients)}. Access ends at once if the patient revokes it.",
    )


@requires(Permission.SEE_COUNSELING_NOTES, Permission.OPEN_NOTES_BY_CONSENT)
@require_POST
def end_reader(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    named = visible(NoteReader.objects.select_related("patient__site"), user, pk)
    return action_button(
        request,
        lambda: end_note_reading(named=named, now=timezone.now(), by=user),
        done="Access ended.",
        back=reverse("dashboard:counseling_notes", args=[named.patient_id])
        if named.author_id == user.pk
        else reverse("dashboard:consents", args=[named.patient_id]),
    )
