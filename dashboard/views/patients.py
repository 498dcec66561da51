"""Search, register and show patients; admit and discharge them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.authz.policy import can, has_caseload, has_permission
from access.decorators import requires
from access.enums import Permission
from access.models import CareTeamPlace, User
from appointments.models import Appointment
from common.paging import page_by_key
from common.time_zones import day_of
from dashboard.consent_status import ShownConsent, shown, stays_of
from dashboard.http.form_views import action_button, attempt, form_page, staff_user
from dashboard.http.lookups import visible
from dashboard.http.query_params import cursor, day_or_none, search_text
from dashboard.plots import DosePlot, dose_period, dose_plot
from dashboard.timeline import timeline
from dashboard.views.drug_tests import tests_of
from dashboard.views.schedule import sites_of
from dispensary.models.call_backs import CallBack
from dispensary.models.doses import DoseRecord
from dispensary.queries import naloxone_of
from patients.actions import admissions, contacts
from patients.actions.findings import (
    record_assessment,
    record_diagnosis,
    record_event,
    record_substance_use,
)
from patients.actions.people import register_patient_with_contacts, update_patient
from patients.errors import ProbableDuplicate
from patients.forms.episodes import AdmitForm, DischargeForm
from patients.forms.findings import AssessmentForm, DiagnosisForm, EventForm, SubstanceUseForm
from patients.forms.people import (
    ContactPointForm,
    EditPersonForm,
    EmergencyContactForm,
    RegisterForm,
)
from patients.identity import PERSON_FIELDS
from patients.models import Consent, ContactPoint, Episode, Patient
from reminders.models import Reminder
from treatments.actions.discharge import discharge_from_care
from treatments.enums import PlanStatus
from treatments.models import TreatmentPlan

PAGE = 50


@requires(Permission.SEE_IDENTITY)
def patients(request: HttpRequest) -> HttpResponse:
    """Patients by name, page by page. Searches are sent by POST: names stay out of addresses."""
    user = staff_user(request)
    words = search_text(request.POST.get("words"))
    rows = Patient.objects.visible_to(user).select_related("site").defer(*Patient.ONLY_SEARCHED)
    mine = request.GET.get("mine") == "1"
    if words:
        rows = rows.matching(words)
    elif mine:
        rows = rows.on_caseload_of(user)
    after = request.POST.get("after") or request.GET.get("after") or ""
    order = Patient.NEAREST_FIRST if words else Patient.ORDER
    page = page_by_key(rows, order=order, after=cursor(after), size=PAGE)
    open_episodes = Episode.objects.visible_to(user).open().select_related("program")
    programs: dict[int, list[str]] = {}
    for episode in open_episodes.filter(patient__in=[row.pk for row in page.rows]):
        programs.setdefault(episode.patient_id, []).append(str(episode.program))
    context = {
        "page": page,
        "words": words,
        "programs": programs,
        "after": after,
        "mine": mine,
        "keeps_caseload": has_caseload(user),
        "may_register": can(user, Permission.EDIT_IDENTITY),
        "may_open_in_emergency": can(user, Permission.OPEN_IN_EMERGENCY),
    }
    part = request.headers.get("HX-Request") == "true"
    template = "dashboard/parts/patient_rows.html" if part else "dashboard/patients.html"
    return render(request, template, context)


@requires(Permission.EDIT_IDENTITY)
def register(request: HttpRequest) -> HttpResponse:
    user = staff_user(request)
    form = RegisterForm(request.POST or None, sites=sites_of(user, Permission.EDIT_IDENTITY))
    alike: list[Patient] = []
    if request.method == "POST" and form.is_valid():
        try:
            patient = attempt(
                form, lambda data: _register(data, user), pass_on=(ProbableDuplicate,)
            )
            if patient is not None:
                messages.success(request, "Patient registered.")
                return redirect("dashboard:patient", patient.pk)
        except ProbableDuplicate as problem:
            alike = list(Patient.objects.visible_to(user).filter(pk__in=problem.candidates))
    status = 422 if form.errors or alike else 200
    return render(request, "dashboard/register.html", {"form": form, "alike": alike}, status=status)


def _register(data: dict[str, Any], user: User) -> Patient:
    return register_patient_with_contacts(
        site=data["site"],
        person={name: data[name] for name in PERSON_FIELDS if name in data},
        phone=data["phone"],
        may_text=data["may_text"],
        email=data["email"],
        may_email=data["may_email"],
        is_somebody_new=data["is_somebody_new"],
        now=timezone.now(),
        by=user,
    )


@requires(Permission.SEE_IDENTITY)
def patient(request: HttpRequest, pk: int) -> HttpResponse:
    """Demographics, the plan with both arms, appointments, doses, and the timeline."""
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk)
    now = timezone.now()
    today = day_of(now, row.site.time_zone)
    before = day_or_none(request.GET.get("before"))
    episodes = list(
        Episode.objects.visible_to(user)
        .filter(patient=row)
        .select_related("program")
        .order_by("-admission_date", "-id")
    )
    context = {
        "patient": row,
        "age": row.age_on(today),
        "today": today,
        "contacts": row.contact_points.filter(is_active=True).order_by("kind", "id"),
        "emergency_contacts": row.emergency_contacts.order_by("id"),
        "identifiers": row.identifiers.order_by("system"),
        "episodes": episodes,
        "consents": _consents(row, episodes, now, user),
        "timeline": timeline(patient=row, today=today, before=before, user=user),
        "before": before,
        "can": _abilities(user, row),
        "care_team": CareTeamPlace.objects.visible_to(user)
        .filter(patient_id=row.pk)
        .on(today)
        .select_related("user")
        .order_by("user__name", "id"),
        "outside_caseload": has_permission(user, Permission.SEE_PLAN)
        and not can(user, Permission.SEE_PLAN, on=row),
        **_visits(row, now, user),
        **_clinical(row, today, user),
    }
    return render(request, "dashboard/patient.html", context)


def _visits(row: Patient, now: Any, user: User) -> dict[str, object]:
    booked = Appointment.objects.visible_to(user).filter(patient=row)
    reminders = Reminder.objects.visible_to(user).filter(patient=row)
    return {
        "now": now,
        "upcoming": booked.expected()
        .filter(ends_at__gt=now)
        .select_related("type", "practitioner", "site")
        .order_by("starts_at")[:6],
        "reminders": reminders.order_by("-due_at", "-id")[:5],
    }


def _consents(row: Patient, episodes: list[Episode], now: Any, user: User) -> list[ShownConsent]:
    """The active consents."""
    rows = Consent.objects.visible_to(user).filter(patient=row).newest_first()
    found = shown(rows, stays=stays_of(episodes), patient=row, now=now)
    return [one for one in found if one.is_in_force]


def _clinical(row: Patient, today: date, user: User) -> dict[str, object]:
    """Clinical sections of the page; a section is missing if the user may not see it."""
    found: dict[str, object] = {}
    if can(user, Permission.SEE_PLAN, on=row):
        plans = TreatmentPlan.objects.visible_to(user).filter(patient=row)
        found["plan"] = plans.active().with_content().first()
        ended = plans.exclude(status=PlanStatus.DRAFT).order_by("-start_date", "-number")
        found["shown_plan"] = found["plan"] or ended.with_content().first()
        found["draft"] = plans.filter(status=PlanStatus.DRAFT).first()
    if can(user, Permission.SEE_DOSES, on=row):
        found["dose_plot"] = _dose_plot(row, today, user)
        found |= _at_home(row, today, user)
    if can(user, Permission.SEE_CLINICAL, on=row):
        found["diagnoses"] = row.diagnoses.filter(resolved_date__isnull=True).order_by("code")
        found["tests"] = tests_of(row, today, user)
        found["naloxone"] = naloxone_of(patient=row, today=today, user=user)
        found["substance_uses"] = row.substance_uses.order_by("-is_primary", "-recorded_at")
    return found


def _at_home(row: Patient, today: date, user: User) -> dict[str, object]:
    """Number of take-home doses for today or later, and the latest call-back."""
    doses = DoseRecord.objects.visible_to(user).effective().filter(patient=row)
    called = CallBack.objects.visible_to(user).filter(patient=row).select_related("site")
    return {
        "at_home": doses.at_home(today).count(),
        "call_back": called.order_by("-asked_at", "-id").first(),
    }


def _dose_plot(row: Patient, today: date, user: User) -> DosePlot | None:
    """The dose plot, which ends with the latest dose for a patient who left long ago."""
    doses = DoseRecord.objects.visible_to(user).effective().filter(patient=row)
    latest = doses.filter(dose_date__lte=today).order_by("-dose_date", "-id").first()
    if latest is None:
        return None
    first, last = dose_period(latest=latest.dose_date, today=today)
    shown = doses.filter(dose_date__range=(first, last)).order_by("dose_date", "portion")
    return dose_plot(list(shown), first=first, last=last)


def _abilities(user: User, row: Patient) -> dict[str, bool]:
    """Which permissions `user` has on this patient, by name, for the page's buttons."""
    return {right.name.lower(): can(user, right, on=row) for right in Permission}


@requires(Permission.EDIT_IDENTITY)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk)
    form = EditPersonForm(
        request.POST or None,
        instance=Patient(**{name: getattr(row, name) for name in PERSON_FIELDS}),
        initial={"version": row.version},
    )
    return form_page(
        request,
        form,
        lambda data: update_patient(
            patient=row,
            person={name: data[name] for name in PERSON_FIELDS if name in data},
            version=data["version"],
            now=timezone.now(),
            by=user,
        ),
        title=f"Edit demographics: {row.display_name}",
        button="Save",
        done="Saved.",
        back=reverse("dashboard:patient", args=[pk]),
    )


@requires(Permission.ADMIT)
def admit(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = staff_user(request)
    row = visible(Patient.objects.select_related("site"), user, pk)
    today = day_of(timezone.now(), row.site.time_zone)
    return form_page(
        request,
        AdmitForm(request.POST or None, patient=row, initial={"admission_date": today}),
        lambda data: admissions.admit(patient=row, now=timezone.now(), by=user, **data),
        title=f"Admit {row.display_name}",
        button="Admit",
        done="Admitted. Next: the treatment plan.",
        back=reverse("dashboard:patient", args=[pk]),
    )


@requires(Permission.ADMIT)
def discharge(request: HttpRequest, episode_pk: int) -> HttpResponseBase:
    user = staff_user(request)
    episode = visible(
        Episode.objects.select_related("patient", "program", "site"), user, episode_pk
    )
    today = day_of(timezone.now(), episode.site.time_zone)
    upcoming = Appointment.objects.visible_to(user).expected()
    left = upcoming.filter(patient=episode.patient_id, starts_at__gt=timezone.now()).count()
    return form_page(
        request,
        DischargeForm(request.POST or None, initial={"discharge_date": today}),
        lambda data: discharge_from_care(episode=episode, now=timezone.now(), by=user, **data),
        title=f"Discharge {episode.patient.display_name} from {episode.program}",
        button="Discharge",
        done="Discharged. The treatment plan was discontinued.",
        back=reverse("dashboard:patient", args=[episode.patient_id]),
        note=f"{left} upcoming appointment(s) stay booked. Cancel those that the patient will not keep."
        if left
        else "The active plan will be discontinued on the discharge date.",
    )


def adding(
    right: Permission,
    form: Callable[..., forms.Form],
    action: Callable[..., object],
    *,
    title: str,
    button: str,
    done: str,
    day: str = "",
    whole: str = "",
) -> Callable[[HttpRequest, int], HttpResponseBase]:
    """Make a view that adds one thing to a patient. `day` names the field that starts as today."""

    def view(request: HttpRequest, pk: int) -> HttpResponseBase:
        user = staff_user(request)
        row = visible(Patient.objects.select_related("site"), user, pk, right)
        now = timezone.now()
        initial = {day: day_of(now, row.site.time_zone)} if day else {}
        return form_page(
            request,
            form(request.POST or None, initial=initial),
            lambda data: action(
                patient=row, now=now, by=user, **({whole: data} if whole else data)
            ),
            title=f"{title}: {row.display_name}",
            button=button,
            done=done,
            back=reverse("dashboard:patient", args=[pk]),
        )

    return requires(right)(view)


add_contact_point = adding(
    Permission.EDIT_IDENTITY,
    ContactPointForm,
    contacts.add_contact_point,
    title="Add phone or e-mail",
    button="Add",
    done="Added.",
)
add_emergency_contact = adding(
    Permission.EDIT_IDENTITY,
    EmergencyContactForm,
    contacts.add_emergency_contact,
    title="Add emergency contact",
    button="Add",
    done="Added.",
)
add_event = adding(
    Permission.RECORD_CLINICAL,
    EventForm,
    record_event,
    title="Record event",
    button="Save",
    done="Saved.",
    day="occurred_date",
)
add_diagnosis = adding(
    Permission.RECORD_CLINICAL,
    DiagnosisForm,
    record_diagnosis,
    title="Add diagnosis",
    button="Add",
    done="Added.",
)
add_substance_use = adding(
    Permission.RECORD_CLINICAL,
    SubstanceUseForm,
    record_substance_use,
    title="Add substance use",
    button="Add",
    done="Added.",
    whole="use",
)
add_assessment = adding(
    Permission.RECORD_CLINICAL,
    AssessmentForm,
    record_assessment,
    title="Record assessment",
    button="Save",
    done="Saved.",
    day="assessed_date",
)


@requires(Permission.EDIT_IDENTITY)
@require_POST
def retire_contact_point(request: HttpRequest, pk: int) -> HttpResponse:
    user = staff_user(request)
    point = visible(ContactPoint.objects.select_related("patient"), user, pk)
    return action_button(
        request,
        lambda: contacts.retire_contact_point(contact_point=point, now=timezone.now(), by=user),
        done="Marked as not in use. No messages will be sent there.",
        back=reverse("dashboard:patient", args=[point.patient_id]),
    )
