"""SUD counselling notes: one's own, and those one is named for. For everybody else there are none."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.enums import Right
from access.gate import needs
from access.models import User
from access.policy import may
from common.days import day_of
from common.paging import page_by_key
from dashboard import note_forms as typed
from dashboard.addresses import cursor
from dashboard.consents import called
from dashboard.deeds import attempt, deed_button, form_page, staff_user
from dashboard.lookups import visible
from patients.models import Consent, Patient
from treatments import noting
from treatments.models import CounsellingNote, NoteReader

PAGE = 20


@needs(Right.SEE_COUNSELLING_NOTES)
def notes(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Reading and writing on one page: the next note begins where the last one ended."""
    user = staff_user(request)
    patients = Patient.objects.select_related("site")
    patient = visible(patients, user, pk, Right.SEE_COUNSELLING_NOTES)
    now = timezone.now()
    today = day_of(now, patient.site.time_zone)
    form = typed.NoteForm(request.POST or None, today=today)
    if request.method == "POST":
        wrote = attempt(
            form,
            lambda data: noting.write_counselling_note(patient=patient, now=now, by=user, **data),
        )
        if wrote is not None:
            return redirect("dashboard:counselling_notes", pk)
    rows = CounsellingNote.objects.visible_to(user).filter(patient=patient)
    page = page_by_key(
        rows.select_related("author", "amends"),
        order=CounsellingNote.ORDER,
        after=cursor(request.GET.get("after")),
        size=PAGE,
    )
    context = {
        "patient": patient,
        "page": page,
        "form": form,
        "may_write": may(user, Right.WRITE_COUNSELLING_NOTES, on=patient),
        **_readers(patient, user),
    }
    status = 422 if form.errors else 200
    return render(request, "dashboard/counselling_notes.html", context, status=status)


def _readers(patient: Patient, user: User) -> dict[str, object]:
    """Who else reads one's own notes; whose one reads oneself."""
    today = day_of(timezone.now(), patient.site.time_zone)
    rows = NoteReader.objects.visible_to(user).filter(patient=patient).on(today)
    rows = rows.select_related("reader", "author", "consent").order_by("reader__name", "id")
    return {
        "readers": [row for row in rows if row.author_id == user.pk],
        "read_by_me": [row for row in rows if row.reader_id == user.pk],
    }


@needs(Right.SEE_COUNSELLING_NOTES)
def amend(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    note = visible(CounsellingNote.objects.select_related("patient__site"), user, pk)
    return form_page(
        request,
        typed.AmendForm(request.POST or None),
        lambda data: noting.amend_counselling_note(note=note, now=timezone.now(), by=user, **data),
        title=f"Amend a counselling note: {called(note.patient, user)}",
        button="Add the amendment",
        done="Added. The first note stays as it was.",
        back=reverse("dashboard:counselling_notes", args=[note.patient_id]),
        note=f"{note}. What you write stands beside it as a note of its own.",
    )


@needs(Right.WRITE_COUNSELLING_NOTES)
def name_reader(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    patients = Patient.objects.select_related("site")
    patient = visible(patients, user, pk, Right.WRITE_COUNSELLING_NOTES)
    now = timezone.now()
    form = typed.ReaderForm(
        request.POST or None, patient=patient, by=user, today=day_of(now, patient.site.time_zone)
    )
    return form_page(
        request,
        form,
        lambda data: noting.name_note_reader(patient=patient, now=now, by=user, **data),
        title=f"Who else may read your notes: {called(patient, user)}",
        button="Let them read",
        done="They may read your counselling notes of this patient.",
        back=reverse("dashboard:counselling_notes", args=[pk]),
        note="They read every counselling note you wrote about this patient, and will write.",
    )


@needs(Right.OPEN_NOTES_BY_CONSENT)
def name_reader_by_consent(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Whom the patient names in a consent for counselling notes and nothing else."""
    user = staff_user(request)
    consent = visible(Consent.objects.select_related("patient__site", "site"), user, pk)
    form = typed.ConsentReaderForm(request.POST or None, patient=consent.patient, by=user)
    return form_page(
        request,
        form,
        lambda data: noting.open_notes_by_consent(
            consent=consent, now=timezone.now(), by=user, **data
        ),
        title=f"Let a colleague read counselling notes: {called(consent.patient, user)}",
        button="Let them read",
        done="They may read those notes as long as the consent holds.",
        back=reverse("dashboard:consents", args=[consent.patient_id]),
        note=f"{consent}: {'; '.join(consent.recipients)}. Revoking it closes the notes at once.",
    )


@needs(Right.SEE_COUNSELLING_NOTES, Right.OPEN_NOTES_BY_CONSENT)
@require_POST
def end_reader(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    named = visible(NoteReader.objects.select_related("patient__site"), user, pk)
    return deed_button(
        request,
        lambda: noting.end_note_reading(named=named, now=timezone.now(), by=user),
        done="They read no more.",
        back=reverse("dashboard:counselling_notes", args=[named.patient_id])
        if named.author_id == user.pk
        else reverse("dashboard:consents", args=[named.patient_id]),
    )
